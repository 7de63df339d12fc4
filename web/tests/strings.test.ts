import { describe, expect, it } from "vitest";

const SOURCES = import.meta.glob<string>(["../src/*.ts", "!../src/strings.ts"], {
  query: "?raw",
  import: "default",
  eager: true,
});

describe("words", () => {
  it.each(Object.entries(SOURCES))("stand in the table and not in the templates of %s", (_, source) => {
    const templates = [...source.matchAll(/(?:html|svg)`[^]*?`/g)].join("");
    const shown = templates
      .replace(/\$\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}/g, "")
      .matchAll(/>([^<>`]*[A-Za-z]{2}[^<>`]*)<|(?:aria-label|title|placeholder|alt)="([^"$]+)"/g);
    expect([...shown].map(([, text, label]) => (text ?? label ?? "").trim())).toEqual([]);
  });
});
