/** Every word that the widget says by itself; what the server says is shown as it comes. */

export type Urgency =
  | "emergency_ambulance"
  | "emergency"
  | "consultation_24"
  | "consultation"
  | "self_care";

export const STRINGS = {
  /** The language of them all, which the page around need not share. */
  language: "en",
  title: "Backchat",
  tagline: "Questions about your back pain, and how soon you need care. A program, not a doctor.",
  opening: "Hello",
  openingFrom: (country: string) => `My country: in ${country}.`,
  launch: "Back pain? Find out how soon you need care",
  close: "Close",
  conversation: "Conversation",
  saidByBot: "Backchat:",
  saidByPerson: "You:",
  newTab: "(opens in a new tab)",
  waiting: "Backchat is writing …",
  slow: "This takes longer than usual. Please stay on the page.",

  composer: "Your answer, in your own words",
  hint: "Enter sends. Shift and Enter make a new line.",
  send: "Send",
  pickOrWrite: "Pick an answer, or write your own.",
  tickOrWrite: "Tick all that fit, or write your own answer.",
  mapOrWrite: "Pick on the picture or in the list, as many as fit, or write your own answer.",
  pickOne: "Please tick at least one; there is one for when nothing fits.",
  why: "Why do you ask?",
  number: "Your answer as a number",
  unit: "Days, weeks, months or years",
  units: ["days", "weeks", "months", "years"],
  duration: (number: string, unit: string) => `${number} ${unit}`,
  scaleLeast: "0: no pain",
  scaleMost: "10: the worst you can imagine",
  back: "Back",
  front: "Front",
  progress: (asked: number, left: number) => `Question ${asked} · ${questionsLeft(left)}`,

  menu: "Menu",
  keep: "Go back",
  restart: "Start again",
  restartTitle: "Start again?",
  restartText: "A new conversation begins. What you have told so far is not used in it.",
  stop: "Stop",
  erase: "Delete my data",
  eraseTitle: "Delete your data?",
  eraseText: "All that was said in this conversation is deleted for good. Print or copy your result first, if you want to keep it.",
  eraseConfirm: "Delete",
  erasing: "Your data is being deleted …",
  erased: "Your data has been deleted. Nothing that was said here is kept.",
  notErased: "Your data could not be deleted.",
  begin: "Start a new conversation",

  understood: (count: number) => `Understood (${count})`,
  understoodTitle: "What I have understood",
  understoodNothing: "Nothing yet.",
  groups: {
    present: "This is so",
    absent: "This is not so",
    unsure: "Not sure",
    longstanding: "There for long, and not new",
  },
  said: (words: string) => `You said: “${words}”`,
  change: "Change",
  changeOf: (label: string) => `Change: ${label}`,
  whatIsRight: (label: string) => `What is right instead? (${label})`,
  changed: (label: string, value: string) => `${label}: ${value}`,
  outOfTen: (value: string) => `${value} out of 10`,
  cancel: "Cancel",
  yes: "Yes",
  no: "No",
  unsure: "Not sure",

  unreachable: "I can't get an answer right now.",
  offline: "You are offline. What you write is kept here, and is sent when you are online again.",
  disconnected: "The connection is lost. I keep trying; what you write is kept here.",
  unsent: "Your message was not answered; it is kept here.",
  notSent: "Not answered yet",
  notLoaded: "The conversation could not be loaded.",
  expired: "This conversation has ended, so a new one begins.",
  retry: "Try again",
  emergencySigns:
    "If you have new numbness between your legs, trouble with your bladder or bowels, weak legs, chest pain, a serious " +
    "injury or any other reason to fear an emergency, don't wait for this page: go to an emergency department, or call " +
    "your emergency number now",
  emergencyAnywhere: " (911 in the US and Canada, 999 in the UK, 112 in the EU).",
  emergencyNumber: (number: string) => ` (${number}).`,

  call: (number: string, place: string) => (place ? `Call ${number} (${place})` : `Call ${number}`),
  places: {
    "911": "US, Canada",
    "999": "UK, Ireland",
    "112": "Europe",
    "000": "Australia",
    "111": "New Zealand",
  } as Record<string, string>,
  countries: {
    us: { name: "the United States", emergency: "911" },
    ca: { name: "Canada", emergency: "911" },
    uk: { name: "the United Kingdom", emergency: "999" },
    ie: { name: "Ireland", emergency: "112" },
    eu: { name: "the European Union", emergency: "112" },
    au: { name: "Australia", emergency: "000" },
    nz: { name: "New Zealand", emergency: "111" },
  } as Record<string, { name: string; emergency: string }>,

  urgency: {
    emergency_ambulance: "Emergency: call an ambulance now",
    emergency: "Emergency: go to an emergency department now",
    consultation_24: "See a clinician within 24 hours",
    consultation: "Book an appointment",
    self_care: "You can look after this at home for now",
  } satisfies Record<Urgency, string>,

  reasons: "What this rests on",
  sourcesLine: "Sources: ",
  fits: {
    likely: (name: string) => `It fits best: ${name}`,
    possible: (name: string) => `It may fit: ${name}`,
    unclear: (name: string) => `It fits no picture clearly; nearest is: ${name}`,
  },
  evidence: "Why it fits",
  speaksFor: "Speaks for it",
  speaksAgainst: "Speaks against it",
  care: "What helps",
  exercises: "Exercises that suit",
  how: "How to do it",
  sources: "Sources",
  source: (title: string, publisher: string, year: number) => `${title}. ${publisher}, ${year}`,
  shortSource: (publisher: string, year: number) => `Source: ${publisher}, ${year}`,
  print: "Print or save",
  copy: "Copy as text",
  copied: "Copied.",
  notCopied: "This browser does not let the page copy.",

  summary: "Back pain screening: summary",
  summaryDate: (date: string) => `Made by Backchat, a program and not a doctor, on ${date}. Not a diagnosis.`,
  told: "Told",
  denied: "Asked and not there",
  notSure: "Not sure about",
  longstanding: "There for long, and not new",
  helpIf: "Get help at once, day or night, if",
};

function questionsLeft(count: number): string {
  if (count < 1) return "the last, or nearly";
  return count === 1 ? "about 1 question left" : `about ${count} questions left`;
}
