import { widthOf } from "./width.ts";

/** Select Graphic Rendition: takes no column. */
// oxlint-disable-next-line no-control-regex
const sgr = /\u001b\[[\d;]*m/g;

/**
 * The line as lines of at most `columns`, broken at spaces. Continuation lines begin below the value
 * of a `label  value` line, otherwise with a larger indent than the line itself; a path that would
 * not fit there begins further left. The terminal breaks what is wider than a line.
 */
export function fold(line: string, columns: number): string[] {
  const seen = line.replace(sgr, "");
  if (widthOf(seen) <= columns) return [line];
  const hang = hangingIndent(seen, columns);
  const lines: string[] = [];
  let current = "";
  let width = 0;
  let isEmpty = true;
  for (const token of line.split(/( +)/)) {
    const wide = widthOf(token.replace(sgr, ""));
    const isSpace = token.startsWith(" ");
    const isTooWide = width + wide > columns && wide <= columns;
    if (!isSpace && wide > 0 && !isEmpty && isTooWide) {
      lines.push(current.trimEnd());
      width = Math.min(hang, columns - wide);
      current = " ".repeat(width);
    }
    current += token;
    width += wide;
    if (!isSpace && wide > 0) isEmpty = false;
  }
  return [...lines, current];
}

function hangingIndent(seen: string, columns: number): number {
  const label = /^ *\S(?:.*?\S)?? {2,}(?=\S)/.exec(seen)?.[0];
  if (label !== undefined && widthOf(label) <= columns / 2) return widthOf(label);
  const indent = /^ */.exec(seen)?.[0].length ?? 0;
  return Math.min(indent + 2, Math.floor(columns / 2));
}
