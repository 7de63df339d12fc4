/** The few signs of the widget; each stands beside words or has a name on its button. */

import { type TemplateResult, html, svg } from "lit";
import type { Urgency } from "./strings";

const SHAPES = {
  brand:
    "M5 2h14a3 3 0 0 1 3 3v10a3 3 0 0 1-3 3h-6l-5 4v-4H5a3 3 0 0 1-3-3V5a3 3 0 0 1 3-3zm6.2 2.6v2.2h3.2V4.6zm-1.4 3.2V10H13V7.8zm0 3.2v2.2H13V11zm1.4 3.2v2.2h3.2v-2.2z",
  menu: "M12 4a2 2 0 1 1 0 4 2 2 0 0 1 0-4zm0 6a2 2 0 1 1 0 4 2 2 0 0 1 0-4zm0 6a2 2 0 1 1 0 4 2 2 0 0 1 0-4z",
  understood: "M3 4h4v4H3zm6 1h12v2H9zM3 10h4v4H3zm6 1h12v2H9zM3 16h4v4H3zm6 1h12v2H9z",
  close: "M6.4 5 12 10.6 17.6 5 19 6.4 13.4 12l5.6 5.6-1.4 1.4-5.6-5.6L6.4 19 5 17.6 10.6 12 5 6.4z",
  phone:
    "M6.6 2.5 9.8 3l1.4 4.2-2 1.9a13 13 0 0 0 5.7 5.7l1.9-2 4.2 1.4.5 3.2c.1 1.5-1 3.6-3.5 3.6C10.5 21 3 13.5 3 6 3 3.5 5.1 2.4 6.6 2.5z",
  emergency_ambulance:
    "M2 5h12v3h4l4 5v4h-2.2a2.8 2.8 0 0 1-5.6 0H9.8a2.8 2.8 0 0 1-5.6 0H2zm5 2v2H5v2h2v2h2v-2h2V9H9V7zm8 3v3h4.5L17 10z",
  emergency: "M4 2h16v20h-6v-5h-4v5H4zm7 4v2H9v2h2v2h2v-2h2V8h-2V6z",
  consultation_24: "M12 2a10 10 0 1 1 0 20 10 10 0 0 1 0-20zm-1.2 4.5v6.2l4.6 2.8 1.2-2-3.4-2V6.5z",
  consultation: "M7 2h2v2h6V2h2v2h4v18H3V4h4zM5 10v10h14V10zm2 2h4v4H7z",
  self_care: "M12 2l10 9h-3v11h-5v-7h-4v7H5V11H2z",
} satisfies Record<Urgency | "brand" | "menu" | "understood" | "close" | "phone", string>;

export function icon(name: keyof typeof SHAPES): TemplateResult {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
    ${svg`<path fill-rule="evenodd" d=${SHAPES[name]} />`}
  </svg>`;
}
