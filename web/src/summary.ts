/** A result in plain words and parts, the same for the page, for print and for the clipboard. */

import { STRINGS } from "./strings";
import type { Known, Result, Source } from "./wire";

export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

/** Emergency numbers in a text. 111 is an ambulance in New Zealand only, and an advice line elsewhere. */
const EMERGENCY_NUMBERS = /\b(911|999|112|000|111(?= \(the ambulance))\b/;

/** Addresses in a text: of pages anywhere, and of the one of Backchat that a text may name by its place alone. */
const ADDRESS = /(https?:\/\/[^\s<>"“”]*[^\s<>"“”.,;:!?()]|\/chat\/privacy\b)/;

/** Splits a text at its addresses, which are every second part. */
export function splitAtAddresses(text: string): string[] {
  return text.split(ADDRESS);
}

/** Splits a text at its emergency numbers, which are every second part. */
export function splitAtNumbers(text: string): string[] {
  return text.split(EMERGENCY_NUMBERS);
}

/** The numbers to call: those of the texts, and of several the one of the country that is known. */
export function numbersToCall(texts: readonly string[], country: string): string[] {
  const found = texts.flatMap((text) => splitAtNumbers(text).filter((_, index) => index % 2));
  const numbers = [...new Set(found)];
  const own = STRINGS.countries[country]?.emergency;
  return own !== undefined && numbers.length > 1 ? [own] : numbers;
}

/** Leaves out of a text what the result shows in a place of its own, and headings of which nothing is left. */
export function withoutShown(text: string, { urgency, care, seekHelpIf, sources }: Result): string {
  const banner = `${STRINGS.urgency[urgency]}. `;
  const shown = new Set([...care.map((item) => item.text), ...seekHelpIf].map((item) => `• ${item}`));
  const isShown = (line: string): boolean =>
    shown.has(line) || (sources.length > 0 && line.startsWith(STRINGS.sourcesLine));
  const lines = text.split("\n").map((line) => (line.startsWith(banner) ? line.slice(banner.length) : line));
  const kept = lines.filter((line) => !isShown(line));
  const heads = (all: readonly string[], line: string): boolean => all[all.indexOf(line) + 1]?.startsWith("•") ?? false;
  return kept.filter((line) => !heads(lines, line) || heads(kept, line) || line.startsWith("•")).join("\n");
}

/** The last line of a text that asks is the question; before it may stand what was understood. */
export function questionIn(texts: readonly string[]): string {
  return texts.at(-1)?.split("\n").at(-1) ?? "";
}

export function sourceOf({ title, publisher, year }: Source): string {
  return STRINGS.source(title, publisher, year);
}

/** What a clinician needs at a glance: what is there, what is not, and what was advised. */
export function summarise(result: Result): Section[] {
  const { pattern } = result;
  const of = (state: Known["state"]): Known[] => result.known.filter((known) => known.state === state);
  const sections: Section[] = [
    { title: STRINGS.told, lines: of("present").map(quoted) },
    { title: STRINGS.longstanding, lines: of("longstanding").map(quoted) },
    { title: STRINGS.denied, lines: joined(of("absent")) },
    { title: STRINGS.notSure, lines: joined(of("unsure")) },
    ...(pattern
      ? [
          {
            title: STRINGS.fits[pattern.strength](pattern.name),
            lines: [
              ...labelled(STRINGS.speaksFor, pattern.supporting),
              ...labelled(STRINGS.speaksAgainst, pattern.opposing),
            ],
          },
        ]
      : []),
    { title: STRINGS.care, lines: result.care.map((care) => `${care.title}: ${care.text}`) },
    { title: STRINGS.helpIf, lines: result.seekHelpIf },
    { title: STRINGS.sources, lines: result.sources.length ? [result.sources.map(sourceOf).join("; ")] : [] },
  ];
  return sections.filter(({ lines }) => lines.length > 0);
}

export function asText(result: Result, date: string): string {
  const parts = summarise(result).map(({ title, lines }) => [title, ...lines.map((line) => `- ${line}`)].join("\n"));
  return [STRINGS.summary, STRINGS.urgency[result.urgency], STRINGS.summaryDate(date), ...parts].join("\n\n");
}

function quoted({ words, said }: Known): string {
  return said ? `${words} (“${said}”)` : words;
}

function joined(known: readonly Known[]): string[] {
  return known.length ? [known.map(({ words }) => words).join("; ")] : [];
}

function labelled(label: string, words: readonly string[]): string[] {
  return words.length ? [`${label}: ${words.join("; ")}`] : [];
}
