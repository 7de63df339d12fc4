/** What the server sends, read with care: what is not as it should be is left out, and never shown as something else. */

import { STRINGS, type Urgency } from "./strings";

export type State = "present" | "absent" | "unsure" | "longstanding";

export interface Option {
  readonly id: string;
  readonly label: string;
  readonly payload: string;
}

export interface Question {
  readonly kind: string;
  readonly findings: readonly string[];
  readonly options: readonly Option[];
  readonly why: string;
  readonly progress?: { readonly asked: number; readonly atMost: number };
}

export interface Known {
  readonly id: string;
  readonly state: State;
  readonly words: string;
  readonly said: string;
}

/** A known finding as the panel shows it: with what it takes to change it. */
export interface Understood extends Known {
  readonly label: string;
  readonly kind: string;
  readonly unit: string;
}

export interface Source {
  readonly id: string;
  readonly title: string;
  readonly publisher: string;
  readonly year: number;
}

export interface Care {
  readonly title: string;
  readonly text: string;
  readonly source: string;
}

export interface Exercise {
  readonly title: string;
  readonly steps: readonly string[];
  readonly repetitions: string;
  readonly stopIf: string;
  readonly drawing: { readonly url: string; readonly alt: string };
}

export interface Pattern {
  readonly name: string;
  readonly strength: "likely" | "possible" | "unclear";
  readonly supporting: readonly string[];
  readonly opposing: readonly string[];
}

export interface Result {
  readonly urgency: Urgency;
  readonly flags: readonly Known[];
  readonly pattern?: Pattern;
  readonly care: readonly Care[];
  readonly exercises: readonly Exercise[];
  readonly seekHelpIf: readonly string[];
  readonly known: readonly Known[];
  readonly sources: readonly Source[];
}

/** All that the bot says at once. */
export interface Turn {
  readonly texts: readonly string[];
  readonly question?: Question;
  readonly result?: Result;
  /** With this answer all that was said before is deleted. */
  readonly erased?: true;
  /** What this answers was not read: what was asked before it is still open. */
  readonly unread?: true;
}

/** A message of the person and, as soon as there is one, its answer. */
export interface Exchange {
  readonly id: string;
  readonly text: string;
  readonly answer?: Turn;
}

type Entry = Record<string, unknown>;

const STATES: readonly string[] = ["absent", "unsure", "longstanding"];
const STRENGTHS: readonly string[] = ["likely", "possible", "unclear"];

export function isEmergency(urgency: Urgency): boolean {
  return urgency.startsWith("emergency");
}

/** Reads the answer to a message. */
export function readTurn(answer: unknown): Turn {
  const turn = asTurn(messagesOf(answer));
  if (!turn.texts.length && !turn.question && !turn.result) throw new TypeError("the answer says nothing");
  return turn;
}

/** Reads a conversation so far. */
export function readHistory(answer: unknown): Exchange[] {
  const exchanges: { id: string; text: string; answer: Entry[] }[] = [];
  for (const message of messagesOf(answer)) {
    if (message.from !== "bot") exchanges.push({ id: text(message.id), text: text(message.text), answer: [] });
    else exchanges.at(-1)?.answer.push(message);
  }
  return exchanges.map(({ answer: messages, ...said }) => ({ ...said, answer: asTurn(messages) }));
}

/** Reads what a stream tells of one message: which, and in what words. */
export function readHeard(data: unknown): { id: string; text: string } {
  const heard = entry(data);
  return { id: text(heard.id), text: text(heard.text) };
}

/** Reads all that is understood. */
export function readUnderstood(answer: unknown): Understood[] {
  return entries(entry(answer).understood)
    .filter((known) => text(known.id) && text(known.words))
    .map((known) => ({
      id: text(known.id),
      state: state(known.value),
      words: text(known.words),
      said: text(known.said),
      label: text(known.label),
      kind: text(known.kind),
      unit: text(known.unit),
    }));
}

function messagesOf(answer: unknown): Entry[] {
  const { messages } = entry(answer);
  if (!Array.isArray(messages)) throw new TypeError("not a list of messages");
  return entries(messages);
}

function asTurn(messages: readonly Entry[]): Turn {
  const custom = messages.map((message) => entry(message.custom));
  const spoken = messages.filter((message) => text(message.text));
  const asked = custom.map((content) => content.question).filter(Boolean).at(-1);
  const question = readQuestion(asked) ?? fromButtons(entries(spoken.at(-1)?.buttons));
  const result = custom.map(readResult).find(Boolean);
  return {
    texts: spoken.map((message) => text(message.text)),
    ...(question && { question }),
    ...(result && { result }),
    ...(custom.some(({ erased }) => erased === true) && { erased: true as const }),
    ...(custom.some(({ unread }) => unread === true) && { unread: true as const }),
  };
}

function readQuestion(value: unknown): Question | undefined {
  const question = entry(value);
  if (!text(question.kind)) return undefined;
  const { asked, at_most: atMost } = entry(question.progress);
  return {
    kind: text(question.kind),
    findings: texts(question.findings),
    options: entries(question.options)
      .map((option) => ({ id: text(option.id), label: text(option.label), payload: text(option.payload) }))
      .filter((option) => option.label && option.payload),
    why: text(question.why),
    ...(typeof asked === "number" && typeof atMost === "number" && { progress: { asked, atMost } }),
  };
}

function fromButtons(buttons: readonly Entry[]): Question | undefined {
  return buttons.length
    ? readQuestion({
        kind: "choice",
        options: buttons.map(({ title, payload }) => ({ id: payload, label: title, payload })),
      })
    : undefined;
}

function readResult(content: Entry): Result | undefined {
  const assessment = entry(content.assessment);
  const urgency = text(assessment.urgency);
  if (!Object.hasOwn(STRINGS.urgency, urgency)) return undefined;
  const known = readKnown(entry(assessment.findings), entry(entry(content.words).findings));
  const pattern = readPattern(entry(assessment.pattern), text(entry(content.words).pattern), known);
  const flagged = new Set(entries(assessment.red_flags).map((flag) => text(flag.finding)));
  return {
    urgency: urgency as Urgency,
    flags: known.filter(({ id }) => flagged.has(id)),
    ...(pattern && { pattern }),
    care: entries(assessment.care).map((care) => ({
      title: text(care.title),
      text: text(care.text),
      source: text(care.source),
    })),
    exercises: entries(content.exercises).map(readExercise),
    seekHelpIf: texts(assessment.seek_help_if),
    known,
    sources: entries(assessment.sources).map((source) => ({
      id: text(source.id),
      title: text(source.title),
      publisher: text(source.publisher),
      year: Number(source.year),
    })),
  };
}

function readKnown(findings: Entry, words: Entry): Known[] {
  return Object.entries(findings).map(([id, value]) => ({
    id,
    state: state(entry(value).value),
    words: text(words[id]) || id.replaceAll("_", " "),
    said: text(entry(value).said),
  }));
}

function readPattern(pattern: Entry, name: string, known: readonly Known[]): Pattern | undefined {
  const strength = text(pattern.strength);
  if (!name || !STRENGTHS.includes(strength)) return undefined;
  const named = (ids: unknown): string[] =>
    texts(ids).map((id) => known.find((finding) => finding.id === id)?.words ?? id.replaceAll("_", " "));
  return {
    name,
    strength: strength as Pattern["strength"],
    supporting: named(pattern.for),
    opposing: named(pattern.against),
  };
}

function readExercise(exercise: Entry): Exercise {
  const drawing = entry(exercise.drawing);
  return {
    title: text(exercise.title),
    steps: texts(exercise.steps),
    repetitions: text(exercise.repetitions),
    stopIf: text(exercise.stop_if),
    drawing: { url: text(drawing.url), alt: text(drawing.alt) },
  };
}

function state(value: unknown): State {
  return STATES.includes(value as string) ? (value as State) : "present";
}

function entry(value: unknown): Entry {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Entry) : {};
}

function entries(value: unknown): Entry[] {
  return Array.isArray(value) ? value.map(entry) : [];
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(text).filter(Boolean) : [];
}
