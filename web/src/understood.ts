/** The panel of all that is understood, where each item can be changed. */

import { type TemplateResult, html, nothing } from "lit";
import { STRINGS } from "./strings";
import type { State, Understood } from "./wire";

/** What the panel needs of the page that shows it. */
export interface Changing {
  /** The id of the item that is being changed. */
  readonly changing: string;
  change(id: string): void;
  say(text: string): void;
}

const GROUPS: readonly State[] = ["present", "absent", "unsure", "longstanding"];

/** The correction in plain words, which name what it is about: it must not be taken for the answer to a question. */
export function correction({ label, unit }: Understood, value: string): string {
  return STRINGS.changed(label, unit === "0-10" ? STRINGS.outOfTen(value) : value);
}

export function understoodPanel(understood: readonly Understood[], changing: Changing): TemplateResult {
  return html`<section id="understood" aria-labelledby="understood-title">
    <h3 id="understood-title">${STRINGS.understoodTitle}</h3>
    ${understood.length ? nothing : html`<p>${STRINGS.understoodNothing}</p>`}
    ${GROUPS.map((state) => group(state, understood.filter((item) => item.state === state), changing))}
  </section>`;
}

function group(
  state: State,
  items: readonly Understood[],
  changing: Changing,
): TemplateResult | typeof nothing {
  if (!items.length) return nothing;
  return html`<h4>${STRINGS.groups[state]}</h4>
    <ul class=${state}>
      ${items.map((item) => html`<li>${changing.changing === item.id ? editor(item, changing) : row(item, changing)}</li>`)}
    </ul>`;
}

function row(item: Understood, changing: Changing): TemplateResult {
  return html`<div class="row">
    <p>
      ${item.words} ${item.said ? html`<span class="small">${STRINGS.said(item.said)}</span>` : nothing}
    </p>
    <button
      type="button"
      data-change=${item.id}
      aria-label=${STRINGS.changeOf(item.words)}
      @click=${() => changing.change(item.id)}
    >
      ${STRINGS.change}
    </button>
  </div>`;
}

function editor(item: Understood, changing: Changing): TemplateResult {
  const cancel = html`<button type="button" class="quiet" @click=${() => changing.change("")}>
    ${STRINGS.cancel}
  </button>`;
  const question = STRINGS.whatIsRight(item.label);
  if (item.kind !== "tri") return wordsEditor(item, question, cancel, changing);
  return html`<fieldset id="change">
    <legend>${question}</legend>
    <div class="row">
      ${[STRINGS.yes, STRINGS.no, STRINGS.unsure].map(
        (value) => html`<button type="button" @click=${() => changing.say(correction(item, value.toLowerCase()))}>
          ${value}
        </button>`,
      )}
      ${cancel}
    </div>
  </fieldset>`;
}

function wordsEditor(
  item: Understood,
  question: string,
  cancel: TemplateResult,
  changing: Changing,
): TemplateResult {
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const value = (event.currentTarget as HTMLFormElement).querySelector("input")?.value.trim() ?? "";
    if (value) changing.say(correction(item, value));
  };
  return html`<form id="change" autocomplete="off" @submit=${submit}>
    <label for="change-value">${question}</label>
    <div class="row">
      <input id="change-value" maxlength="500" inputmode=${item.kind === "number" ? "decimal" : "text"} />
      <button type="submit" class="send">${STRINGS.send}</button>
      ${cancel}
    </div>
  </form>`;
}
