// The chat page: shows a conversation that the server leads, and nothing that the server has not said.
// Text from either side is only ever inserted as text.
"use strict";

const STRINGS = {
  opening: "Hello",
  saidByBot: "Backchat:",
  saidByPerson: "You:",
  waiting: "Backchat is writing …",
  slow: "This takes longer than usual. Please stay on the page.",
  why: "Why do you ask?",
  progress: (number, atMost) => `Question ${number} of at most ${atMost}`,
  send: "Send",
  number: "Your answer as a number",
  pickOrWrite: "Pick an answer, or write your own.",
  pickOne: "Please tick at least one; there is one for when nothing fits.",
  scaleLeast: "0: no pain",
  scaleMost: "10: the worst you can imagine",
  unreachable: "I can't get an answer right now.",
  unsent: "Your message was not answered; it is kept here.",
  notLoaded: "The conversation could not be loaded.",
  expired: "This conversation has ended, so a new one begins.",
  how: "How to do it",
  confirmRestart: "Start a new conversation? What you have told so far will not be used in it.",
  urgency: {
    emergency_ambulance: ["ambulance", "Emergency: call an ambulance now"],
    emergency: ["hospital", "Emergency: go to an emergency department now"],
    consultation_24: ["clock", "See a clinician within 24 hours"],
    consultation: ["calendar", "Book an appointment"],
    self_care: ["home", "You can look after this at home for now"],
  },
};

// Options of a checklist that rule out every other.
const EXCLUSIVE_OPTIONS = new Set(["none", "unsure"]);

// Numbers made callable where an emergency is told. 111 is an ambulance in New Zealand only.
const EMERGENCY_NUMBERS = /\b(911|999|112|000|111(?= \(the ambulance))\b/;

const TOKEN_KEY = "backchat.token";
const SLOW_MS = 4_000;
const GIVE_UP_MS = 40_000;

const byId = (id) => document.getElementById(id);
const log = byId("log");
const questionPlace = byId("question");
const textField = byId("text");

let waiting = false;
let tryAgain = null;

// --- talking to the server ---------------------------------------------------------------------------------

class ServerError extends Error {
  constructor(status) {
    super(`the server answered ${status}`);
    this.status = status;
  }
}

async function request(method, path, { body, token } = {}) {
  const headers = body ? { "Content-Type": "application/json" } : {};
  if (token) headers.Authorization = `Bearer ${token}`;
  const answer = await fetch(path, {
    method,
    headers,
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(GIVE_UP_MS),
  });
  if (!answer.ok) throw new ServerError(answer.status);
  return answer.json();
}

async function startSession() {
  const { token } = await request("POST", "session");
  sessionStorage.setItem(TOKEN_KEY, token);
}

// The same id makes a message that is sent again count once.
async function post(text, id) {
  const body = { token: sessionStorage.getItem(TOKEN_KEY), text, id };
  return messagesOf(await request("POST", "messages", { body }));
}

async function readHistory() {
  const token = sessionStorage.getItem(TOKEN_KEY);
  return token ? messagesOf(await request("GET", "messages", { token })) : [];
}

function messagesOf({ messages }) {
  if (!Array.isArray(messages)) throw new TypeError("not a list of messages");
  return messages;
}

// Runs one exchange at a time. A failure is told, and the very same exchange can be tried again.
async function exchange(work, failureText, onExpiry) {
  if (waiting) return;
  waiting = true;
  tryAgain = null;
  byId("failure").hidden = true;
  setStatus(STRINGS.waiting);
  const slow = setTimeout(() => setStatus(STRINGS.slow), SLOW_MS);
  let expired = false;
  try {
    await work();
  } catch (error) {
    setStatus("");
    expired = error.status === 401 && onExpiry;
    if (!expired) showFailure(failureText, () => exchange(work, failureText, onExpiry));
  } finally {
    clearTimeout(slow);
    waiting = false;
  }
  if (expired) onExpiry();
}

// --- the conversation --------------------------------------------------------------------------------------

function begin() {
  const known = sessionStorage.getItem(TOKEN_KEY);
  return exchange(async () => {
    const history = await readHistory();
    if (history.length) return showHistory(history);
    if (!sessionStorage.getItem(TOKEN_KEY)) await startSession();
    show(await post(STRINGS.opening, "opening"));
  }, STRINGS.notLoaded, known && startOver);
}

function startOver() {
  sessionStorage.removeItem(TOKEN_KEY);
  log.replaceChildren();
  questionPlace.replaceChildren();
  return begin();
}

function say(text) {
  const words = text.trim();
  if (!words || waiting) return;
  const id = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
  questionPlace.replaceChildren();
  log.append(bubble("person", words));
  byId("status").scrollIntoView({ block: "nearest" });
  exchange(async () => {
    show(await post(words, id));
    returnFocus();
  }, STRINGS.unsent, async () => {
    textField.value = words;
    await startOver();
    log.prepend(element("p", "notice", STRINGS.expired));
  });
}

// --- showing -----------------------------------------------------------------------------------------------

function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function bubble(from, text, callable = false) {
  const made = element("div", `message ${from}`);
  made.append(element("span", "unseen", `${from === "bot" ? STRINGS.saidByBot : STRINGS.saidByPerson} `));
  // Splitting keeps the numbers, as every second part.
  const parts = callable ? text.split(EMERGENCY_NUMBERS) : [text];
  made.append(...parts.map((part, index) => (index % 2 ? callLink(part) : part)));
  return made;
}

function callLink(number) {
  const link = element("a", "", number);
  link.href = `tel:${number}`;
  return link;
}

function banner(urgency) {
  const [icon, words] = STRINGS.urgency[urgency];
  const made = element("div", `banner ${urgency}`);
  const picture = byId("icons").content.querySelector(`.${icon}`).cloneNode(true);
  made.append(picture, element("span", "", words));
  return made;
}

function exerciseCards(exercises) {
  const list = element("ul", "exercises");
  list.append(...exercises.map(exerciseCard));
  return list;
}

function exerciseCard({ title, steps, repetitions, stop_if: stopIf, drawing }) {
  const card = element("li");
  const picture = element("img");
  Object.assign(picture, { src: drawing.url, alt: drawing.alt, width: 460, height: 190 });
  const details = element("details");
  const list = element("ol");
  list.append(...steps.map((step) => element("li", "", step)));
  details.append(element("summary", "", STRINGS.how), list, element("p", "", repetitions));
  card.append(element("h2", "", title), picture, details, element("p", "", stopIf));
  return card;
}

// Once an emergency has been told, its numbers stay callable until another result takes its place.
function isEmergency() {
  return [...log.querySelectorAll(".banner")].at(-1)?.className.includes("emergency") ?? false;
}

// Shows one turn of the bot: how urgent it is before any explanation, then the texts, then how to answer.
function show(messages) {
  const custom = messages.map((message) => message.custom ?? {});
  const assessment = custom.find((content) => content.assessment)?.assessment;
  const question = custom.findLast((content) => content.question)?.question;
  const exercises = custom.find((content) => content.exercises)?.exercises;
  const texts = messages.filter((message) => message.text);
  const before = log.childElementCount;
  if (assessment) log.append(banner(assessment.urgency));
  const callable = isEmergency();
  log.append(...texts.map((message) => bubble("bot", message.text, callable)));
  // The last thing read stays when to get help.
  if (exercises) log.lastElementChild.before(exerciseCards(exercises));
  const words = texts.at(-1)?.text ?? "";
  const buttons = texts.at(-1)?.buttons;
  showQuestion(question ?? (buttons && asQuestion(buttons)), words);
  // Where both don't fit, the beginning of what is new stays in view.
  questionPlace.scrollIntoView({ block: "nearest" });
  log.children[before]?.scrollIntoView({ block: "nearest" });
}

function showHistory(messages) {
  log.setAttribute("aria-live", "off");
  let turn = [];
  for (const message of messages) {
    if (message.from === "bot") {
      turn.push(message);
    } else {
      if (turn.length) show(turn);
      turn = [];
      if (log.childElementCount) log.append(bubble("person", message.text));
    }
  }
  if (turn.length) show(turn);
  log.setAttribute("aria-live", "polite");
}

function setStatus(text) {
  byId("status").textContent = text;
}

function showFailure(text, again) {
  byId("failure-title").textContent = STRINGS.unreachable;
  byId("failure-text").textContent = text;
  byId("failure").hidden = false;
  tryAgain = again;
  byId("retry").focus({ preventScroll: true });
  byId("failure").scrollIntoView({ block: "nearest" });
}

// On a touch screen the text field would bring up a keyboard over the options.
function returnFocus() {
  const options = questionPlace.firstElementChild;
  const touch = matchMedia("(pointer: coarse)").matches;
  (touch && options ? options : textField).focus({ preventScroll: true });
}

// --- questions ---------------------------------------------------------------------------------------------

const asQuestion = (buttons) => ({
  kind: "choice",
  findings: [],
  options: buttons.map(({ title, payload }) => ({ label: title, payload })),
});

function showQuestion(question, words) {
  questionPlace.replaceChildren();
  setStatus("");
  if (!question) return;
  const form = element("form");
  form.tabIndex = -1;
  form.noValidate = true;
  const fields = element("fieldset");
  // A message may repeat what was understood before it asks, in its last line.
  fields.append(element("legend", "unseen", words.split("\n").at(-1)), ...answers(question, form));
  form.append(fields, questionFoot(question));
  form.addEventListener("submit", (event) => event.preventDefault());
  questionPlace.append(form);
  if (fields.childElementCount > 1) setStatus(STRINGS.pickOrWrite);
}

// Builds the ways to answer; whatever needs a "Send" says by itself what the form sends.
function answers(question, form) {
  if (question.kind === "number") {
    return question.findings.includes("severity") ? scale() : numberField(form);
  }
  if (!question.options.length) return [];
  const several = question.kind === "checklist" || question.kind === "body_map";
  return several ? checklist(question.options, form) : choices(question.options);
}

function choices(options) {
  const list = element("div", "options");
  list.append(...options.map(({ label, payload }) => sayButton(label, payload)));
  return [list];
}

function scale() {
  const row = element("div", "scale");
  row.append(...Array.from({ length: 11 }, (_, number) => sayButton(String(number), String(number))));
  const ends = element("p", "scale-ends small");
  ends.append(element("span", "", STRINGS.scaleLeast), element("span", "", STRINGS.scaleMost));
  return [row, ends];
}

function sayButton(label, payload) {
  const button = element("button", "", label);
  button.type = "button";
  button.addEventListener("click", () => say(payload));
  return button;
}

function sendButton() {
  const button = element("button", "send", STRINGS.send);
  button.type = "submit";
  return button;
}

function numberField(form) {
  const place = element("div", "row");
  const field = element("input");
  Object.assign(field, { type: "number", inputMode: "decimal", min: "0", step: "any" });
  field.setAttribute("aria-label", STRINGS.number);
  place.append(field, sendButton());
  form.addEventListener("submit", () => say(field.value));
  return [place];
}

function checklist(options, form) {
  const list = element("div", "options");
  const boxes = options.map(tickBox);
  for (const box of boxes) {
    box.addEventListener("change", () => untickContradictions(box, boxes));
    list.append(box.parentElement);
  }
  list.append(sendButton());
  form.addEventListener("submit", () => sendTicked(boxes));
  return [list];
}

function tickBox({ id, label, payload }) {
  const place = element("label", "tick");
  const box = element("input");
  Object.assign(box, { type: "checkbox", name: id, value: payload });
  place.append(box, element("span", "", label));
  return box;
}

function untickContradictions(box, boxes) {
  if (!box.checked) return;
  for (const other of boxes) {
    const contradicts = EXCLUSIVE_OPTIONS.has(box.name) || EXCLUSIVE_OPTIONS.has(other.name);
    if (other !== box && contradicts) other.checked = false;
  }
}

function sendTicked(boxes) {
  const ticked = boxes.filter((box) => box.checked).map((box) => box.value);
  if (ticked.length) return say(ticked.join("; "));
  setStatus(STRINGS.pickOne);
  boxes[0].focus();
}

function questionFoot({ why, progress }) {
  const foot = element("div", "question-foot");
  if (why) {
    const details = element("details");
    details.append(element("summary", "", STRINGS.why), element("p", "", why));
    foot.append(details);
  }
  if (progress) {
    foot.append(element("p", "small", STRINGS.progress(progress.asked, progress.at_most)));
  }
  return foot;
}

// --- the page ----------------------------------------------------------------------------------------------

byId("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  // What was not answered goes first: an answer must never meet a question that the person has not seen.
  if (tryAgain) return tryAgain();
  if (waiting) return;
  const words = textField.value;
  textField.value = "";
  fitTextField();
  say(words);
});

textField.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    byId("composer").requestSubmit();
  }
});

function fitTextField() {
  textField.style.height = "auto";
  textField.style.height = `${textField.scrollHeight + 2}px`;
}
textField.addEventListener("input", fitTextField);

byId("retry").addEventListener("click", () => tryAgain?.());
byId("restart").addEventListener("click", () => {
  if (!waiting && confirm(STRINGS.confirmRestart)) startOver().then(returnFocus);
});

begin();
