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

/** Options with labels up to this length stand beside each other. */
const SHORT_LABEL = 10;

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
  if (question.kind === "number") return numberField(question.findings, asking);
  if (!question.options.length) return nothing;
  if (isMap(question)) return map(question.options, asking);
  return question.kind === "checklist" ? ticks(question.options, asking) : choices(question.options, asking);
}

function numberField(findings: readonly string[], asking: Asking): TemplateResult {
  if (findings.includes("severity")) return scale(asking);
  return findings.includes("duration_days") ? durationField() : plainNumberField();
}

/** How a question can be answered, beside writing. */
export function hintFor(question: Question): string {
  if (question.kind === "text") return "";
  if (isMap(question)) return STRINGS.mapOrWrite;
  return question.kind === "checklist" ? STRINGS.tickOrWrite : STRINGS.pickOrWrite;
}

function isMap({ kind, options }: Question): boolean {
  return kind === "body_map" || (kind === "choice" && options.filter(({ id }) => isOnMap(id)).length > 2);
}

function map(options: readonly Option[], asking: Asking): TemplateResult {
  const pick = (id: string): void => asking.tick(toggle(asking.ticked, id));
  return html`<div class="map">${bodyMap(options, asking.ticked, pick)} ${tickList(options, asking)}</div>
    ${sendRow(asking)}`;
}

function choices(options: readonly Option[], asking: Asking): TemplateResult {
  const short = options.every(({ label }) => label.length <= SHORT_LABEL);
  return html`<div class=${short ? "options side-by-side" : "options"}>
    ${options.map(({ label, payload }) => sayButton(label, payload, asking))}
  </div>`;
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

function plainNumberField(): TemplateResult {
  return html`<div class="row">${numberInput()} ${sendButton()}</div>`;
}

/** A number alone would not say of what. */
function durationField(): TemplateResult {
  return html`<div class="row wrapping">
    ${numberInput()}
    <select aria-label=${STRINGS.unit}>
      ${STRINGS.units.map((unit) => html`<option>${unit}</option>`)}
    </select>
    ${sendButton()}
  </div>`;
}

function numberInput(): TemplateResult {
  return html`<input type="number" inputmode="decimal" min="0" step="any" aria-label=${STRINGS.number} />`;
}

function ticks(options: readonly Option[], asking: Asking): TemplateResult {
  return html`${tickList(options, asking)} ${sendRow(asking)}`;
}

function tickList(options: readonly Option[], asking: Asking): TemplateResult {
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
  </div>`;
}

function sendRow(asking: Asking): TemplateResult {
  return html`<div class=${asking.ticked.size ? "send-row ready" : "send-row"}>${sendButton()}</div>`;
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
  if (field?.type === "number") return sayNumber(field, form.querySelector("select"), asking);
  const words = wordsFor(question.options, asking.ticked);
  if (words) return asking.say(words);
  if (!field) return;
  asking.tell(STRINGS.pickOne);
  field.focus();
}

function sayNumber(field: HTMLInputElement, unit: HTMLSelectElement | null, asking: Asking): void {
  if (!field.value) return field.focus();
  asking.say(unit ? STRINGS.duration(field.value, unit.value) : field.value);
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
