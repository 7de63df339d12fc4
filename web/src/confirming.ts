/** Asks before something that can't be taken back. */

import { type TemplateResult, html } from "lit";
import { STRINGS } from "./strings";

/** What is to be confirmed, and what happens then. */
export interface Confirming {
  readonly title: string;
  readonly text: string;
  readonly confirm: string;
  readonly run: () => void;
}

/** The dialog is always there and is shown when there is something to confirm; the browser keeps the focus in it. */
export function confirmDialog(confirming: Confirming | undefined): TemplateResult {
  const close = (event: Event): void => (event.currentTarget as HTMLElement).closest("dialog")?.close();
  const confirm = (event: Event): void => {
    close(event);
    confirming?.run();
  };
  return html`<dialog id="confirm" aria-labelledby="confirm-title" aria-describedby="confirm-text">
    <h3 id="confirm-title">${confirming?.title}</h3>
    <p id="confirm-text">${confirming?.text}</p>
    <div class="row">
      <button type="button" @click=${close}>${STRINGS.keep}</button>
      <button type="button" class="brand" @click=${confirm}>${confirming?.confirm}</button>
    </div>
  </dialog>`;
}
