import { describe, expect, it } from "vitest";
import { isOnMap, viewsFor } from "../src/bodymap";
import { readRgb, readableOn } from "../src/colours";
import { hintFor, toggle, wordsFor } from "../src/questions";
import { STRINGS } from "../src/strings";
import { asText, numbersToCall, questionIn, splitAtAddresses, splitAtNumbers, summarise, withoutShown } from "../src/summary";
import { correction } from "../src/understood";
import { readHistory, readTurn, readUnderstood } from "../src/wire";

const ASSESSMENT = {
  urgency: "consultation_24",
  red_flags: [{ finding: "fever", condition: "infection", said: "shivery" }],
  pattern: { id: "infection", strength: "likely", for: ["fever"], against: ["unheard_of"] },
  care: [{ id: "rest", title: "Rest", text: "Take it easy.", source: "nice" }],
  seek_help_if: ["a leg gets weak"],
  findings: {
    fever: { value: "present", said: "shivery", turn: 1 },
    region: { value: ["lower"], said: "low back", turn: 1 },
    cancer_history: { value: "absent", said: "no", turn: 2 },
    osteoporosis: { value: "unsure", said: "", turn: 2 },
  },
  sources: [{ id: "nice", title: "Low back pain", publisher: "NICE", year: 2020 }],
};
const WORDS = { findings: { fever: "a fever", region: "pain in the lower back" }, pattern: "an infection" };

const resultOf = (custom: object) => readTurn({ messages: [{ text: "told" }, { custom }] }).result;

describe("what the server sends", () => {
  it.each([null, 5, "text", [], {}, { messages: null }, { messages: [5, null, "x"] }, { messages: [{ text: 5 }] }])(
    "is refused where it says nothing: %j",
    (answer) => expect(() => readTurn(answer)).toThrow(TypeError),
  );

  it("is read as far as it is whole", () => {
    const question = { kind: "choice", findings: "fever", options: [{ label: "Yes" }, 5, { id: "a", label: "A", payload: "A" }] };
    const turn = readTurn({ messages: [{ text: "told" }, { custom: { question, assessment: { urgency: "toString" } } }] });
    expect(turn).toEqual({
      texts: ["told"],
      question: { kind: "choice", findings: [], options: [{ id: "a", label: "A", payload: "A" }], why: "" },
    });
  });

  it("gives a result with the words of its ids", () => {
    const result = resultOf({ assessment: ASSESSMENT, words: WORDS });
    expect(result?.flags).toMatchObject([{ words: "a fever", said: "shivery" }]);
    expect(result?.pattern).toEqual({
      name: "an infection",
      strength: "likely",
      supporting: ["a fever"],
      opposing: ["unheard of"],
    });
  });

  it("needs no more of a result than how urgent it is", () => {
    expect(resultOf({ assessment: { urgency: "emergency" } })).toMatchObject({ urgency: "emergency", known: [], care: [] });
  });

  it("turns buttons without a question into one", () => {
    const { question } = readTurn({ messages: [{ text: "Right?", buttons: [{ title: "Yes", payload: "yes" }] }] });
    expect(question?.options).toEqual([{ id: "yes", label: "Yes", payload: "yes" }]);
  });

  it("puts each answer of a history to its message", () => {
    const messages = [
      { from: "person", id: "1", text: "a" },
      { from: "bot", text: "b" },
      { from: "bot", text: "c" },
      { from: "person", id: "2", text: "d" },
      { from: "bot", text: "e" },
    ];
    expect(readHistory({ messages })).toEqual([
      { id: "1", text: "a", answer: { texts: ["b", "c"] } },
      { id: "2", text: "d", answer: { texts: ["e"] } },
    ]);
  });

  it.each([null, {}, { understood: 5 }, { understood: [5, {}] }])("understands nothing from %j", (answer) =>
    expect(readUnderstood(answer)).toEqual([]),
  );
});

describe("a result in words", () => {
  const result = resultOf({ assessment: ASSESSMENT, words: WORDS })!;

  it("has positives with the person's words, and pertinent negatives", () => {
    const sections = Object.fromEntries(summarise(result).map(({ title, lines }) => [title, lines]));
    expect(sections[STRINGS.told]).toEqual(["a fever (“shivery”)", "pain in the lower back (“low back”)"]);
    expect(sections[STRINGS.denied]).toEqual(["cancer history"]);
    expect(sections[STRINGS.notSure]).toEqual(["osteoporosis"]);
    expect(sections).not.toHaveProperty(STRINGS.longstanding);
    expect(asText(result, "today")).toContain("Told\n- a fever (“shivery”)");
  });

  it("does not say twice what stands on a card, and loses nothing else", () => {
    const text = "It may fit.\nWhat to do now:\n• Take it easy.\nWhat to avoid:\n• Bed rest.\nSome weeks.";
    expect(withoutShown(text, result)).toBe("It may fit.\nWhat to avoid:\n• Bed rest.\nSome weeks.");
    const last = "Tell the staff.\nGet help if any of these begins:\n• a leg gets weak\nSources: NICE (2020).";
    expect(withoutShown(last, result)).toBe("Tell the staff.");
    for (const untouched of ["Listen:", "Listen:\nto me", "• Walk."]) {
      expect(withoutShown(untouched, result)).toBe(untouched);
    }
  });

  it("does not say twice how urgent it is where the text begins with the words of the banner", () => {
    const text = "Noted.\nYou can look after this at home for now. Keep moving gently.";
    expect(withoutShown(text, { ...result, urgency: "self_care" })).toBe("Noted.\nKeep moving gently.");
    expect(withoutShown(text, result)).toBe(text);
  });

  it("leaves the sources in the text where no others are shown", () => {
    expect(withoutShown("Sources: NICE (2020).", { ...result, sources: [] })).toBe("Sources: NICE (2020).");
  });

  it("finds the question below what was understood", () => {
    expect(questionIn(["Hello", "Noted: fever.\nHow old are you?"])).toBe("How old are you?");
    expect(questionIn([])).toBe("");
  });
});

describe("numbers to call", () => {
  it.each([
    ["Call 911 in the US, 999 in the UK, or 112.", "", ["911", "999", "112"]],
    ["Call 911 in the US, 999 in the UK, or 112.", "uk", ["999"]],
    ["Call 999.", "us", ["999"]],
    ["Call 111 (the ambulance in New Zealand).", "", ["111"]],
    ["Ask 111 in the UK. It takes 1120 days.", "", []],
  ])("in %j from %j are %j", (text, country, numbers) => expect(numbersToCall([text], country)).toEqual(numbers));

  it("split a text without losing any of it", () => {
    expect(splitAtNumbers("Call 112 now").join("")).toBe("Call 112 now");
  });
});

describe("addresses", () => {
  it.each([
    ["More about it: https://host.example/chat/privacy.", ["https://host.example/chat/privacy"]],
    ["More about it: /chat/privacy", ["/chat/privacy"]],
    ["“http://host.example/a?b=c” (https://x.example)", ["http://host.example/a?b=c", "https://x.example"]],
    ["javascript:alert(1) //host.example /chat/private <b>", []],
  ])("in %j are %j", (text, addresses) => {
    const parts = splitAtAddresses(text);
    expect(parts.filter((_, index) => index % 2)).toEqual(addresses);
    expect(parts.join("")).toBe(text);
  });
});

describe("ticks", () => {
  const options = ["a", "b", "none", "unsure"].map((id) => ({ id, label: id, payload: id.toUpperCase() }));

  it("take back what contradicts them", () => {
    let ticked: ReadonlySet<string> = new Set();
    for (const id of ["b", "a"]) ticked = toggle(ticked, id);
    expect(wordsFor(options, ticked)).toBe("A; B");
    ticked = toggle(ticked, "none");
    expect(wordsFor(options, ticked)).toBe("NONE");
    ticked = toggle(ticked, "b");
    expect(wordsFor(options, ticked)).toBe("B");
    expect(wordsFor(options, toggle(ticked, "b"))).toBe("");
  });
});

describe("a question", () => {
  const options = ["lower", "upper", "neck"].map((id) => ({ id, label: id, payload: id }));
  it.each([
    ["text", [], ""],
    ["number", [], STRINGS.pickOrWrite],
    ["yes_no", [], STRINGS.pickOrWrite],
    ["checklist", options, STRINGS.tickOrWrite],
    ["choice", options, STRINGS.mapOrWrite],
  ])("of the kind %s says how it can be answered", (kind, offered, hint) =>
    expect(hintFor({ kind, options: offered, findings: [], why: "" })).toBe(hint),
  );
});

describe("the body map", () => {
  it("shows only the views on which something can be picked", () => {
    const option = (id: string) => ({ id, label: id, payload: id });
    expect(viewsFor([option("lower"), option("unsure")])).toEqual(["back"]);
    expect(viewsFor([option("thigh"), option("jaw")])).toEqual(["back", "front"]);
    expect(isOnMap("arm")).toBe(true);
    expect(isOnMap("constructor")).toBe(false);
  });
});

describe("a correction", () => {
  const item = { id: "x", state: "present", words: "", said: "", label: "how bad it is", kind: "number", unit: "0-10" } as const;
  it("names what it is about, and the scale", () => {
    expect(correction(item, "7")).toBe("how bad it is: 7 out of 10");
    expect(correction({ ...item, label: "fever", unit: "" }, "no")).toBe("fever: no");
  });
});

describe("colours", () => {
  it("stay readable", () => {
    expect(readableOn([255, 255, 0])).toBe("#000000");
    expect(readableOn([11, 92, 138])).toBe("#ffffff");
    expect(readRgb("rgb(11, 92, 138)")).toEqual([11, 92, 138]);
    expect(readRgb("color(srgb 1 0 0)")).toBeUndefined();
  });
});
