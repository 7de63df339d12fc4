import { describe, expect, it } from "vitest";
import { OPENING_ID, entriesOf, merged, withAnswer, withHeard } from "../src/exchanges";
import { type Exchange, type Turn, readTurn } from "../src/wire";

const answer = (text: string, urgency = ""): Turn =>
  readTurn({ messages: [{ text }, { custom: { assessment: { urgency } } }] });
const said = (id: string, words?: string): Exchange => ({ id, text: id, ...(words && { answer: answer(words) }) });
const ids = (exchanges: readonly Exchange[]): string[] => exchanges.map(({ id }) => id);

describe("what was said", () => {
  it("is taken once, however often it is heard and answered", () => {
    const once = withHeard(withHeard([], "1", "hurts"), "1", "hurts");
    expect(once).toEqual([{ id: "1", text: "hurts" }]);
    const answered = withAnswer(withAnswer(once, "1", answer("Where?")), "1", answer("Pardon?"));
    expect(answered).toEqual([{ id: "1", text: "hurts", answer: answer("Where?") }]);
    expect(withAnswer(answered, "unheard of", answer("Hm"))).toEqual(answered);
  });

  it("is forgotten with an answer that deletes it", () => {
    const erased = readTurn({ messages: [{ text: "All is deleted." }, { custom: { erased: true } }] });
    const left = withAnswer([said("1", "a"), said("2", "b"), said("mine")], "mine", erased);
    expect(ids(left)).toEqual(["mine"]);
    expect(left[0]?.answer?.texts).toEqual(["All is deleted."]);
  });

  it("is brought to what the server tells, in its order, and what is known stays the very same", () => {
    const [first, third] = [said("1", "a"), said("3", "c")];
    const result = merged([first, third], [said("1", "a"), said("2", "b"), said("3", "c")], undefined);
    expect(ids(result)).toEqual(["1", "2", "3"]);
    expect(result[0]).toBe(first);
    expect(result[2]).toBe(third);
  });

  it("keeps what the server has not on record where it was, and the message that is not sent yet", () => {
    const known = [said("1", "a"), said("2", "safety net"), said("3", "c"), said("mine")];
    const result = merged(known, [said("1", "a"), said("3", "c"), said("4", "d")], "mine");
    expect(ids(result)).toEqual(["1", "2", "3", "mine", "4"]);
  });

  it("leaves out a message of another page that the server never took", () => {
    expect(ids(merged([said("1", "a"), said("theirs")], [said("1", "a")], undefined))).toEqual(["1"]);
  });

  it("takes an answer that was missed", () => {
    expect(merged([said("mine")], [said("mine", "a")], "mine")).toEqual([said("mine", "a")]);
  });
});

describe("what is shown", () => {
  it("begins with the greeting and leaves out the words of the page itself", () => {
    const entries = entriesOf([said(OPENING_ID, "Welcome"), said("1")], "Hi");
    expect(entries.map(({ from }) => from)).toEqual(["bot", "bot", "person"]);
    expect(new Set(entries.map(({ key }) => key)).size).toBe(3);
  });

  it("keeps an emergency callable until another result takes its place", () => {
    const turns = ["emergency", "", "self_care", ""].map((urgency, index) => ({
      id: String(index),
      text: "and now?",
      answer: answer("Call 112", urgency),
    }));
    const emergencies = entriesOf(turns, "").map((entry) => entry.from === "bot" && entry.emergency);
    expect(emergencies.filter((_, index) => index % 2)).toEqual([true, true, false, false]);
  });
});
