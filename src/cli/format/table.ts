import { pad } from "./fit.ts";
import type { Room, Span, Table } from "./page.ts";
import { printable } from "./printable.ts";
import { widthOf } from "./width.ts";

const gap = "  ";

/**
 * Head first, at most as wide as the room. A column that is empty in every row is left out. A cell is
 * painted after it was cut and filled up.
 */
export function tableLines(
  { columns: allColumns, rows: allRows }: Table,
  { width, style }: Room,
): string[] {
  const isShown = allColumns.map(
    (_, index) => index === 0 || allRows.some((row) => textOf(row[index]) !== ""),
  );
  const columns = allColumns.filter((_, index) => isShown[index]);
  const rows = allRows.map((row) => row.filter((_, index) => isShown[index]));
  const head = columns.map(({ title }): Span => ({ text: title, styles: ["bold"] }));
  const widths = fitWidths(
    columns,
    [head, ...rows].map((row) => row.map(textOf)),
    width,
  );

  return [head, ...rows].map((row) => {
    const last = row.findLastIndex((cell, at) => textOf(cell) !== "" && (widths[at] ?? 0) > 0);
    const padded = row.slice(0, last + 1).map((cell, at) => {
      const text = pad(textOf(cell), widths[at] ?? 0, columns[at]?.align ?? "left");
      const styles = typeof cell === "string" ? [] : cell.styles;
      const filled = at === last ? text.trimEnd() : text;
      return styles.reduceRight((shown, name) => style[name](shown), filled);
    });
    return padded.filter((_, at) => (widths[at] ?? 0) > 0).join(gap);
  });
}

function textOf(cell: Span = ""): string {
  return printable(typeof cell === "string" ? cell : cell.text);
}

/**
 * Natural widths. If they do not fit, the widest of the columns that may shrink become equally wide,
 * so that one long text does not shrink the others. As a last resort columns are dropped: first the
 * expendable ones, each time the rightmost.
 */
function fitWidths(
  columns: Table["columns"],
  rows: readonly (readonly string[])[],
  limit: number | null,
): number[] {
  const natural = columns.map((_, index) =>
    rows.reduce((widest, row) => Math.max(widest, widthOf(row[index] ?? "")), 0),
  );
  if (limit === null || total(natural) <= limit) return natural;
  const capped = (cap: number) =>
    natural.map((width, index) => {
      const least = columns[index]?.least;
      return least === undefined ? width : Math.min(width, Math.max(least, cap));
    });
  const isExpendable = (index: number) => columns[index]?.isExpendable === true;
  const droppable = columns
    .map((_, index) => index)
    .slice(1)
    .toReversed();
  const order = [...droppable.filter(isExpendable), ...droppable.filter((at) => !isExpendable(at))];
  for (const index of order) if (total(capped(0)) > limit) natural[index] = 0;
  let cap = Math.max(...natural);
  while (cap > 0 && total(capped(cap)) > limit) cap -= 1;
  const widths = capped(cap);
  // The rest of the line is less than one more column for each.
  for (const [index, width] of capped(cap + 1).entries())
    if (total(widths) < limit) widths[index] = width;
  widths[0] = Math.min(widths[0] ?? 0, Math.max(0, limit));
  return widths;
}

function total(widths: readonly number[]): number {
  const shown = widths.filter((width) => width > 0);
  return shown.reduce((sum, width) => sum + width, gap.length * Math.max(0, shown.length - 1));
}
