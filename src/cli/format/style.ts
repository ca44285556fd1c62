import type { Colour } from "./colours.ts";

/** Colours, or the same functions without them. */
export type Style = Record<Colour | "bold", (text: string) => string>;

/** Select Graphic Rendition: what switches each on and off again. */
const codes: Record<keyof Style, readonly [on: number, off: number]> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  magenta: [35, 39],
  cyan: [36, 39],
};

export function styleFor(coloured: boolean): Style {
  const paint = (name: keyof Style) => {
    const [on, off] = codes[name];
    return coloured ? (text: string) => `\u001b[${on}m${text}\u001b[${off}m` : String;
  };
  const names = Object.keys(codes) as (keyof Style)[];
  return Object.fromEntries(names.map((name) => [name, paint(name)])) as Style;
}
