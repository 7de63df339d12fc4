/**
 * Prints the summary of a result alone, on one page.
 *
 * It is laid out in a frame of its own, since the widget may stand on a page of somebody else, all of which would be
 * printed otherwise. The frame needs no inline style, so that a strict policy of that page lets it be.
 */

import css from "./print.css?inline";
import { STRINGS } from "./strings";
import { type Section, summarise } from "./summary";
import type { Result } from "./wire";

export function printed(result: Result, date: string): void {
  document.querySelector("iframe.backchat-summary")?.remove();
  const frame = document.createElement("iframe");
  frame.className = "backchat-summary";
  frame.title = STRINGS.summary;
  frame.tabIndex = -1;
  frame.setAttribute("aria-hidden", "true");
  // As wide and high as what a printer leaves of A4.
  Object.assign(frame.style, { position: "fixed", width: "718px", height: "1047px", visibility: "hidden", border: "0" });
  document.body.append(frame);
  const page = frame.contentWindow as (Window & typeof globalThis) | null;
  if (!page) return;
  fill(page, result, date);
  page.print();
}

function fill(page: Window & typeof globalThis, result: Result, date: string): void {
  const sheet = new page.CSSStyleSheet();
  sheet.replaceSync(css);
  page.document.adoptedStyleSheets = [sheet];
  page.document.title = STRINGS.summary;
  page.document.documentElement.lang = STRINGS.language;
  page.document.body.append(
    element("h1", STRINGS.summary),
    element("p", STRINGS.urgency[result.urgency], "urgency"),
    element("p", STRINGS.summaryDate(date)),
    ...summarise(result).map(section),
  );
}

function section({ title, lines }: Section): HTMLElement {
  const made = element("section");
  const list = element("ul");
  list.append(...lines.map((line) => element("li", line)));
  made.append(element("h2", title), list);
  return made;
}

function element(tag: string, text = "", name = ""): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = name;
  return made;
}
