/** The result of a screening: how urgent it is before everything else, then what it rests on and what helps. */

import { type TemplateResult, html, nothing } from "lit";
import { icon } from "./icons";
import { printed } from "./print";
import { STRINGS, type Urgency } from "./strings";
import { asText, numbersToCall, sourceOf, splitAtAddresses, splitAtNumbers, summarise, withoutShown } from "./summary";
import { type Care, type Exercise, type Known, type Result, type Turn, isEmergency } from "./wire";

/** What a result needs of the page that shows it. */
export interface Showing {
  readonly base: string;
  readonly country: string;
  tell(status: string): void;
}

type Part = TemplateResult | typeof nothing;

/** One turn of the bot; the last thing read with a result stays when to get help. */
export function botTurn({ texts, result }: Turn, emergency: boolean, showing: Showing): TemplateResult {
  const bubbles = (shown: readonly string[]): TemplateResult[] =>
    shown.map((text) => bubble(text, emergency, showing.base));
  if (!result) return html`${bubbles(texts)}`;
  const told = texts.map((text) => withoutShown(text, result)).filter((text) => text.trim());
  return html`<div class="report">
    ${banner(result.urgency)} ${emergency ? calls(texts, showing.country) : nothing}
    ${bubbles(told.slice(0, -1))} ${details(result, showing)} ${bubbles(told.slice(-1))}
    ${safetyNet(result.seekHelpIf)}
  </div>`;
}

function bubble(text: string, callable: boolean, base: string): TemplateResult {
  const words = splitAtAddresses(text).map((part, index) => {
    if (index % 2) return pageLink(part, base);
    return callable ? linked(part) : part;
  });
  return html`<div class="message bot" dir="auto"><span class="unseen">${STRINGS.saidByBot} </span>${words}</div>`;
}

/** A page that is opened beside the conversation. */
function pageLink(address: string, base: string): TemplateResult {
  const { href } = new URL(address, base);
  return html`<a href=${href} target="_blank" rel="noopener noreferrer">${address}<span class="unseen"> ${STRINGS.newTab}</span></a>`;
}

/** Makes the emergency numbers of a text callable. */
export function linked(text: string): unknown[] {
  return splitAtNumbers(text).map((part, index) => (index % 2 ? html`<a href="tel:${part}">${part}</a>` : part));
}

function banner(urgency: Urgency): TemplateResult {
  return html`<div class="banner ${urgency}">
    ${icon(urgency)}
    <span>${STRINGS.urgency[urgency]}</span>
  </div>`;
}

function calls(texts: readonly string[], country: string): TemplateResult {
  return html`<div class="calls">
    ${numbersToCall(texts, country).map(
      (number) =>
        html`<a class="call" href="tel:${number}">
          ${icon("phone")}<span>${STRINGS.call(number, STRINGS.places[number] ?? "")}</span>
        </a>`,
    )}
  </div>`;
}

function details(result: Result, showing: Showing): TemplateResult {
  return html`<section class="result" aria-label=${STRINGS.urgency[result.urgency]}>
    ${reasons(result.flags)} ${evidence(result)} ${careCards(result)}
    ${exerciseCards(result.exercises, showing.base)} ${sources(result)}
    ${summarise(result).length ? actions(result, showing) : nothing}
  </section>`;
}

function reasons(flags: readonly Known[]): Part {
  if (!flags.length) return nothing;
  return html`<h3>${STRINGS.reasons}</h3>
    <ul class="reasons">
      ${flags.map(
        ({ words, said }) => html`<li>
          <strong>${words}</strong> ${said ? html`<span dir="auto">${STRINGS.said(said)}</span>` : nothing}
        </li>`,
      )}
    </ul>`;
}

/** What it fits is told in the text; in an emergency nothing keeps from going, so why it does is for the summary. */
function evidence({ pattern, urgency }: Result): Part {
  if (!pattern || isEmergency(urgency) || !(pattern.supporting.length || pattern.opposing.length)) return nothing;
  const { name, strength, supporting, opposing } = pattern;
  return html`<h3>${strength === "unclear" ? STRINGS.fits.unclear(name) : STRINGS.evidence}</h3>
    ${listed(STRINGS.speaksFor, supporting)} ${listed(STRINGS.speaksAgainst, opposing)}`;
}

function listed(title: string, words: readonly string[]): Part {
  return words.length ? html`<p><strong>${title}:</strong> ${words.join("; ")}</p>` : nothing;
}

function careCards({ care, sources: all }: Result): Part {
  if (!care.length) return nothing;
  return html`<h3>${STRINGS.care}</h3>
    <ul class="cards">
      ${care.map((item) => careCard(item, all))}
    </ul>`;
}

function careCard({ title, text, source }: Care, all: Result["sources"]): TemplateResult {
  const from = all.find(({ id }) => id === source);
  return html`<li>
    <h4>${title}</h4>
    <p>${text}</p>
    ${from ? html`<p class="small">${STRINGS.shortSource(from.publisher, from.year)}</p>` : nothing}
  </li>`;
}

function exerciseCards(exercises: readonly Exercise[], base: string): Part {
  if (!exercises.length) return nothing;
  return html`<h3>${STRINGS.exercises}</h3>
    <ul class="cards exercises">
      ${exercises.map((exercise) => exerciseCard(exercise, base))}
    </ul>`;
}

function exerciseCard({ title, steps, repetitions, stopIf, drawing }: Exercise, base: string): TemplateResult {
  return html`<li>
    <h4>${title}</h4>
    <img src=${new URL(drawing.url, base).href} alt=${drawing.alt} width="460" height="190" />
    <details>
      <summary>${STRINGS.how}</summary>
      <ol>
        ${steps.map((step) => html`<li>${step}</li>`)}
      </ol>
      <p>${repetitions}</p>
    </details>
    <p>${stopIf}</p>
  </li>`;
}

function safetyNet(signs: readonly string[]): Part {
  if (!signs.length) return nothing;
  return html`<section class="safety-net">
    <h3>${STRINGS.helpIf}</h3>
    <ul>
      ${signs.map((sign) => html`<li>${sign}</li>`)}
    </ul>
  </section>`;
}

function sources({ sources: all }: Result): Part {
  if (!all.length) return nothing;
  return html`<details>
    <summary>${STRINGS.sources}</summary>
    <ul>
      ${all.map((source) => html`<li>${sourceOf(source)}</li>`)}
    </ul>
  </details>`;
}

function actions(result: Result, { tell }: Showing): TemplateResult {
  const date = new Date().toLocaleDateString();
  const copy = async (): Promise<void> =>
    tell((await copied(asText(result, date))) ? STRINGS.copied : STRINGS.notCopied);
  return html`<div class="row wrapping">
    <button type="button" @click=${() => printed(result, date)}>${STRINGS.print}</button>
    <button type="button" @click=${copy}>${STRINGS.copy}</button>
  </div>`;
}

async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
