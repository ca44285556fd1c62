import stringWidth from "string-width";

/** Columns that the text takes on a terminal. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

const segmenter = new Intl.Segmenter();

/** The text, cut with `…` where it is wider than `columns`. Never wider than `columns`. */
export function cut(text: string, columns: number): string {
  if (columns <= 0) return "";
  if (widthOf(text) <= columns) return text;
  let kept = "";
  let used = 0;
  for (const { segment } of segmenter.segment(text)) {
    const width = widthOf(segment);
    if (used + width > columns - 1) break;
    kept += segment;
    used += width;
  }
  // Segments measured one by one can be narrower than together.
  while (kept !== "" && widthOf(`${kept}…`) > columns) kept = kept.slice(0, -1);
  return `${kept}…`;
}

/** The text, cut or filled up with spaces to `columns`. */
export function pad(text: string, columns: number, side: "left" | "right"): string {
  const shown = cut(text, columns);
  const space = " ".repeat(Math.max(0, columns - widthOf(shown)));
  return side === "left" ? shown + space : space + shown;
}
