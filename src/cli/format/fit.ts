import { clusters, widthOf } from "./width.ts";

/** The text, cut with `…` where it is wider than `columns`. Never wider than `columns`. */
export function cut(text: string, columns: number): string {
  if (columns <= 0) return "";
  if (widthOf(text) <= columns) return text;
  let kept = "";
  let used = 0;
  for (const cluster of clusters(text)) {
    const width = widthOf(cluster);
    if (used + width > columns - 1) break;
    kept += cluster;
    used += width;
  }
  return `${kept}…`;
}

/** The text, cut or filled up with spaces to `columns`. */
export function pad(text: string, columns: number, side: "left" | "right"): string {
  const shown = cut(text, columns);
  const space = " ".repeat(Math.max(0, columns - widthOf(shown)));
  return side === "left" ? shown + space : space + shown;
}
