/** What was said, as exchanges: a message of the person with its answer. Pure functions. */

import type { Exchange, Turn } from "./wire";
import { isEmergency } from "./wire";

/** The id of the words with which the page itself begins a conversation; they are not shown. */
export const OPENING_ID = "opening";

/** One contribution as it is shown; its key stays the same, so that it is read out once. */
export type Entry =
  | { readonly key: string; readonly from: "person"; readonly text: string }
  | { readonly key: string; readonly from: "bot"; readonly turn: Turn; readonly emergency: boolean };

/** Adds a message of the person, unless it is known. */
export function withHeard(known: readonly Exchange[], id: string, text: string): readonly Exchange[] {
  return known.some((exchange) => exchange.id === id) ? known : [...known, { id, text }];
}

/** Puts an answer to its message; the first answer counts. With one that deletes all, nothing else is left. */
export function withAnswer(known: readonly Exchange[], id: string, answer: Turn): readonly Exchange[] {
  const answered = known.map((exchange) => (exchange.id === id && !exchange.answer ? { ...exchange, answer } : exchange));
  return answer.erased ? answered.filter((exchange) => exchange.id === id) : answered;
}

/**
 * Brings what is known to what the server tells.
 *
 * What is known stays as it is, down to the object, so that nothing is shown anew. An answer that the server has not on
 * record (the safety net of a turn that failed) stays where it was, and so does the message that is not sent yet.
 */
export function merged(
  known: readonly Exchange[],
  told: readonly Exchange[],
  unsent: string | undefined,
): readonly Exchange[] {
  const result = told.map((exchange) => known.find(({ id, answer }) => answer && id === exchange.id) ?? exchange);
  known.forEach((exchange, position) => {
    if (told.some(({ id }) => id === exchange.id) || !(exchange.answer || exchange.id === unsent)) return;
    const before = result.findIndex(({ id }) => id === known[position - 1]?.id);
    result.splice(before + 1, 0, exchange);
  });
  return result;
}

/** All that is shown, in order. Once an emergency was told, its numbers stay callable until another result. */
export function entriesOf(exchanges: readonly Exchange[], greeting: string): Entry[] {
  const entries: Entry[] = [];
  let emergency = false;
  if (greeting) entries.push({ key: "greeting", from: "bot", turn: { texts: [greeting] }, emergency });
  for (const { id, text, answer } of exchanges) {
    if (id !== OPENING_ID) entries.push({ key: id, from: "person", text });
    if (!answer) continue;
    if (answer.result) emergency = isEmergency(answer.result.urgency);
    entries.push({ key: `answer to ${id}`, from: "bot", turn: answer, emergency });
  }
  return entries;
}
