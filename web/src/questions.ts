/** How a question is answered by pointing: buttons, ticks, a scale, a number or the picture of a body. */

import { type TemplateResult, html, nothing } from "lit";
import { bodyMap, isOnMap } from "./bodymap";
import { STRINGS } from "./strings";
import type { Option, Question } from "./wire";

/** What a question needs of the page that shows it. */
export interface Asking {
  readonly ticked: ReadonlySet<string>;
  tick(ticked: ReadonlySet<string>): void;
  say(text: string): void;
  tell(status: string): void;
}

/** Options that rule out every other. */
const EXCLUSIVE_OPTIONS: readonly string[] = ["none", "unsure"];

/** Ticks or unticks an option; a tick takes back what contradicts it. */
export function toggle(ticked: ReadonlySet<string>, id: string): Set<string> {
  if (ticked.has(id)) return new Set([...ticked].filter((other) => other !== id));
  if (EXCLUSIVE_OPTIONS.includes(id)) return new Set([id]);
  return new Set([...ticked].filter((other) => !EXCLUSIVE_OPTIONS.includes(other))).add(id);
}

/** The words for all that is ticked, in the order of the options. */
export function wordsFor(options: readonly Option[], ticked: ReadonlySet<string>): string {
  return options
    .filter(({ id }) => ticked.has(id))
    .map(({ payload }) => payload)
    .join("; ");
}

export function questionForm(question: Question, words: string, asking: Asking): TemplateResult {
  return html`<form tabindex="-1" novalidate @submit=${(event: SubmitEvent) => submit(event, question, asking)}>
    <fieldset>
      <legend class="unseen">${words}</legend>
      ${answers(question, asking)}
    </fieldset>
    ${foot(question)}
  </form>`;
}

function answers(question: Question, asking: Asking): TemplateResult | typeof nothing {
  if (question.kind === "number") return question.findings.includes("severity") ? scale(asking) : numberField();
  if (!question.options.length) return nothing;
  if (isMap(question)) return map(question.options, asking);
  return question.kind === "checklist" ? ticks(question.options, asking) : choices(question.options, asking);
}

function isMap({ kind, options }: Question): boolean {
  return kind === "body_map" || (kind === "choice" && options.filter(({ id }) => isOnMap(id)).length > 2);
}

function map(options: readonly Option[], asking: Asking): TemplateResult {
  const pick = (id: string): void => asking.tick(toggle(asking.ticked, id));
  return html`<p class="small">${STRINGS.map}</p>
    <div class="map">${bodyMap(options, asking.ticked, pick)} ${ticks(options, asking)}</div>`;
}

function choices(options: readonly Option[], asking: Asking): TemplateResult {
  return html`<div class="options">${options.map(({ label, payload }) => sayButton(label, payload, asking))}</div>`;
}

function scale(asking: Asking): TemplateResult {
  const numbers = Array.from({ length: 11 }, (_, number) => String(number));
  return html`<div class="scale">${numbers.map((number) => sayButton(number, number, asking))}</div>
    <p class="scale-ends small"><span>${STRINGS.scaleLeast}</span><span>${STRINGS.scaleMost}</span></p>`;
}

function sayButton(label: string, payload: string, asking: Asking): TemplateResult {
  return html`<button type="button" @click=${(event: MouseEvent) => isFirst(event) && asking.say(payload)}>
    ${label}
  </button>`;
}

/** The second click of a double click may land on the next question, which has not been read. */
function isFirst(event: MouseEvent): boolean {
  return event.detail < 2;
}

function numberField(): TemplateResult {
  return html`<div class="row">
    <input type="number" inputmode="decimal" min="0" step="any" aria-label=${STRINGS.number} />
    ${sendButton()}
  </div>`;
}

function ticks(options: readonly Option[], asking: Asking): TemplateResult {
  return html`<div class="options">
    ${options.map(
      ({ id, label }) => html`<label class="tick">
        <input
          type="checkbox"
          .checked=${asking.ticked.has(id)}
          @change=${() => asking.tick(toggle(asking.ticked, id))}
        /><span>${label}</span>
      </label>`,
    )}
    ${sendButton()}
  </div>`;
}

function sendButton(): TemplateResult {
  return html`<button
    class="send"
    type="submit"
    @click=${(event: MouseEvent) => isFirst(event) || event.preventDefault()}
  >
    ${STRINGS.send}
  </button>`;
}

function submit(event: SubmitEvent, question: Question, asking: Asking): void {
  event.preventDefault();
  const form = event.currentTarget as HTMLFormElement;
  const field = form.querySelector<HTMLInputElement>("input");
  if (field?.type === "number") return asking.say(field.value);
  const words = wordsFor(question.options, asking.ticked);
  if (words) return asking.say(words);
  if (!field) return;
  asking.tell(STRINGS.pickOne);
  field.focus();
}

function foot({ why, progress }: Question): TemplateResult {
  return html`<div class="question-foot">
    ${why ? html`<details><summary>${STRINGS.why}</summary><p>${why}</p></details>` : nothing}
    ${progress
      ? html`<p class="small">
          <progress aria-hidden="true" max=${progress.atMost} value=${progress.asked}></progress>
          ${STRINGS.progress(progress.asked, progress.atMost - progress.asked)}
        </p>`
      : nothing}
  </div>`;
}
