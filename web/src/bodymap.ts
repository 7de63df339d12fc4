/**
 * A body from behind and from the front, with the parts that a question offers.
 *
 * The picture is another way to tick the list beside it: each part is one option of the list, which the keyboard and a
 * screen reader use. So nobody meets the same choice twice, and everybody has the same.
 */

import { type TemplateResult, html, nothing, svg } from "lit";
import { STRINGS } from "./strings";
import type { Option } from "./wire";

type View = "back" | "front";

/** The right half of a body of 160 by 400; the left half is its mirror image. */
const OUTLINE =
  "M80 8c13 0 20 10 20 23 0 10-4 18-9 22v9c4 5 14 7 24 10 9 3 13 10 14 20l7 52 8 48c1 7-8 9-10 2l-13-46-8-36-2 42" +
  "c6 14 8 28 7 44l-5 76-4 84c4 6 12 8 14 14H88l-3-14-3-84-2-62z";

/** Where each part is, as its right half; parts in the middle meet their mirror image there. */
const PARTS: Record<View, Record<string, string>> = {
  back: {
    neck: "M80 46h12v17c4 4 8 6 13 8H80z",
    upper: "M80 73h28q12 4 11 16l-4 28H80z",
    middle: "M80 119h34l-1 26H80z",
    flank: "M101 147h12l1 28-13-1z",
    lower: "M80 147h19v37H80z",
    buttock: "M80 186h35q5 16 4 32-10 12-24 9-13-4-15-12z",
    thigh: "M84 230q20 6 34-6l-4 62H86z",
    below_knee: "M87 290h27l-4 66H90z",
    foot: "M90 360h20l12 18H88z",
    arm: "M121 84q7 4 8 14l7 48 8 46q-6 6-10 0l-13-48-6-34z",
  },
  front: {
    jaw: "M80 34h18c-1 9-5 15-9 18h-9z",
    chest: "M80 74h28q11 4 11 16l-3 24H80z",
    ribs: "M80 117h35l-2 27-33-8z",
    abdomen: "M80 139l33 8 1 32-34 12z",
    groin: "M80 194l34-12 4 12-34 32h-4z",
    thigh: "M86 228l32-30q2 14 0 30l-4 58H86z",
    below_knee: "M87 290h27l-4 66H90z",
    foot: "M90 360h20l12 18H88z",
    shoulder: "M110 74q14 2 18 18l-8 10z",
    arm: "M121 84q7 4 8 14l7 48 8 46q-6 6-10 0l-13-48-6-34z",
  },
};

const VIEWS: readonly View[] = ["back", "front"];
const MIRROR = "matrix(-1 0 0 1 160 0)";

export function isOnMap(option: string): boolean {
  return VIEWS.some((view) => Object.hasOwn(PARTS[view], option));
}

/** The views that show something of what is offered. */
export function viewsFor(options: readonly Option[]): View[] {
  return VIEWS.filter((view) => options.some(({ id }) => Object.hasOwn(PARTS[view], id)));
}

type Pick = (id: string) => void;

export function bodyMap(options: readonly Option[], ticked: ReadonlySet<string>, pick: Pick): TemplateResult {
  return html`<div class="bodies" aria-hidden="true">
    ${viewsFor(options).map(
      (view) => html`<figure>
        <svg viewBox="0 0 160 392">
          ${bothSides(OUTLINE, "outline")} ${options.map((option) => part(view, option, ticked, pick))}
        </svg>
        <figcaption>${STRINGS[view]}</figcaption>
      </figure>`,
    )}
  </div>`;
}

function part(view: View, { id, label }: Option, ticked: ReadonlySet<string>, pick: Pick): TemplateResult | typeof nothing {
  const shape = PARTS[view][id];
  if (shape === undefined) return nothing;
  const state = ticked.has(id) ? "part ticked" : "part";
  return svg`<g class=${state} data-part=${id} @click=${() => pick(id)}>
    <title>${label}</title>${bothSides(shape)}
  </g>`;
}

function bothSides(shape: string, name = ""): TemplateResult {
  return svg`<g class=${name}><path d=${shape} /><path d=${shape} transform=${MIRROR} /></g>`;
}
