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

/** The right half of a body of 160 by 384, to a little beyond its middle; the left half is its mirror image. */
const TRUNK =
  "M79.5 6c12 0 19.5 9 19.5 22 0 9-3 16-8 20-1 7 0 11 4 14 8 5 21 5 29 14l-9 30c-3 14-6 26-7 38-1 15 4 26 7 42" +
  " 3 20 1 46-3 70-2 16 0 28-1 44-1 18-6 34-7 52 0 8 4 11 9 16 4 4 2 10-4 10H96c-5 0-6-4-5-10 2-20 0-38-1-56" +
  " 0-16 2-26 1-42-1-20-6-40-9-56Q81 211 79.5 211z";
const ARM =
  "M107 66.5c10 2 17 7 19 17.5 3 18 3 32 7 48 4 18 8 34 10 52 1 8 5 14 4 24-1 7-6 10-9 6-4-5-4-12-5-20-4-18-11-34-14-52" +
  "-3-16-5-24-9-40z";

/** Where each part is, as its right half, drawn beyond the body's edge; it shows as far as the body reaches. */
const PARTS: Record<View, Record<string, string>> = {
  back: {
    neck: "M70 46h40v22H70z",
    upper: "M70 68h44l6 44H70z",
    middle: "M70 112h50v32H70z",
    flank: "M98 144h26v36H98z",
    lower: "M70 144h28v36H70z",
    buttock: "M70 180h54v38q-22 9-54-4z",
    thigh: "M70 214q32 13 54 4v70H70z",
    below_knee: "M70 288h54v70H70z",
    foot: "M70 358h54v26H70z",
  },
  front: {
    jaw: "M70 36h34v16H70z",
    shoulder: "M98 60h30v22l-22 14z",
    chest: "M70 64h30l8 30 12 18H70z",
    ribs: "M70 112h54v28H70z",
    abdomen: "M70 140h54v40H70z",
    groin: "M70 180h54l-40 38H70z",
    thigh: "M82 218l42-38v108H80z",
    below_knee: "M70 288h54v70H70z",
    foot: "M70 358h54v26H70z",
  },
};
/** The one part that is cut out of the arm. */
const ARM_PART = "arm";

const VIEWS: readonly View[] = ["back", "front"];
const MIRROR = "matrix(-1 0 0 1 160 0)";

export function isOnMap(option: string): boolean {
  return option === ARM_PART || VIEWS.some((view) => Object.hasOwn(PARTS[view], option));
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
        <svg viewBox="6 0 148 384">
          <clipPath id="trunk-${view}"><path d=${TRUNK} /></clipPath>
          ${bothSides(svg`<path class="outline" d=${ARM} /><path class="outline" d=${TRUNK} />`)}
          ${options.map((option) => part(view, option, ticked, pick))}
        </svg>
        <figcaption>${STRINGS[view]}</figcaption>
      </figure>`,
    )}
  </div>`;
}

function part(view: View, { id, label }: Option, ticked: ReadonlySet<string>, pick: Pick): TemplateResult | typeof nothing {
  const shape = PARTS[view][id];
  if (shape === undefined && id !== ARM_PART) return nothing;
  const drawn = shape === undefined ? svg`<path d=${ARM} />` : svg`<path d=${shape} clip-path="url(#trunk-${view})" />`;
  return svg`<g class=${ticked.has(id) ? "part ticked" : "part"} data-part=${id} @click=${() => pick(id)}>
    <title>${label}</title>${bothSides(drawn)}
  </g>`;
}

function bothSides(half: TemplateResult): TemplateResult {
  return svg`<g>${half}</g><g transform=${MIRROR}>${half}</g>`;
}
