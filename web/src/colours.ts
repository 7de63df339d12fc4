/** Keeps a colour that a site chooses readable. */

/** Black or white, whichever is easier to read on a colour; one of them always has a contrast above 4.5. */
export function readableOn(rgb: readonly [number, number, number]): "#000000" | "#ffffff" {
  const [red, green, blue] = rgb.map(linear) as [number, number, number];
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) ? "#000000" : "#ffffff";
}

/** Reads a colour as browsers compute it, such as `rgb(11, 92, 138)`. */
export function readRgb(computed: string): [number, number, number] | undefined {
  const [red, green, blue] = (computed.match(/^rgba?\(.*\)$/)?.[0].match(/[\d.]+/g) ?? []).map(Number);
  return red === undefined || green === undefined || blue === undefined ? undefined : [red, green, blue];
}

function linear(channel: number): number {
  const share = channel / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}
