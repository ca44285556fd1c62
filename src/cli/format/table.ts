import { pad } from "./fit.ts";
import { widthOf } from "./width.ts";

export interface Column {
  title: string;
  align: "left" | "right";
  /** Whether it may become narrower than its text on a narrow terminal. */
  gives: boolean;
  least: number;
}

/** Colours one cell after its width was applied. */
export type Paint = (row: number, column: number, text: string) => string;

const gap = "  ";

/**
 * Lines of a table, head first, at most `columns` wide (null: as wide as it is). A column that is
 * empty in every row is left out.
 */
export function table(
  allColumns: readonly Column[],
  allRows: readonly (readonly string[])[],
  columns: number | null,
  paint: Paint = (_row, _column, text) => text,
): string[] {
  const shown = allColumns.map((_, index) => allRows.some((row) => (row[index] ?? "") !== ""));
  const indexes = allColumns.flatMap((_, index) =>
    shown[index] === true || index === 0 ? [index] : [],
  );
  const kept = allColumns.filter((_, index) => indexes.includes(index));
  const rows = allRows.map((row) => indexes.map((index) => row[index] ?? ""));
  const widths = fitWidths(kept, rows, columns);

  const line = (cells: readonly string[], row: number) => {
    const last = cells.findLastIndex((cell, at) => cell !== "" && (widths[at] ?? 0) > 0);
    const padded = cells.slice(0, last + 1).map((cell, at) => {
      const text = pad(cell, widths[at] ?? 0, kept[at]?.align ?? "left");
      return paint(row, indexes[at] ?? 0, at === last ? text.trimEnd() : text);
    });
    return padded.filter((_, at) => (widths[at] ?? 0) > 0).join(gap);
  };
  const head = kept.map(({ title }) => title);
  return [line(head, -1), ...rows.map((row, index) => line(row, index))];
}

/**
 * Natural widths. If they do not fit, the widest of the columns that may shrink become equally wide,
 * so that one long text does not shrink the others. As a last resort columns on the right are dropped.
 */
function fitWidths(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  limit: number | null,
): number[] {
  const natural = columns.map(({ title }, index) =>
    rows.reduce((widest, row) => Math.max(widest, widthOf(row[index] ?? "")), widthOf(title)),
  );
  if (limit === null || total(natural) <= limit) return natural;
  const capped = (cap: number) =>
    natural.map((width, index) => {
      const { gives = false, least = 0 } = columns[index] ?? {};
      return gives ? Math.min(width, Math.max(least, cap)) : width;
    });
  let cap = Math.max(...natural);
  while (cap > 0 && total(capped(cap)) > limit) cap -= 1;
  const widths = capped(cap);
  // The rest of the line is less than one more column for each.
  for (const [index, width] of capped(cap + 1).entries())
    if (total(widths) < limit) widths[index] = width;
  for (let index = widths.length - 1; index > 0 && total(widths) > limit; index -= 1)
    widths[index] = 0;
  widths[0] = Math.min(widths[0] ?? 0, Math.max(0, limit));
  return widths;
}

function total(widths: readonly number[]): number {
  const shown = widths.filter((width) => width > 0);
  return shown.reduce((sum, width) => sum + width, gap.length * Math.max(0, shown.length - 1));
}

/** `label  value` lines; labels aligned. A null value leaves the line out. */
export function fields(rows: readonly (readonly [string, string | null])[]): string[] {
  const present = rows.filter((row): row is [string, string] => row[1] !== null);
  const width = present.reduce((widest, [label]) => Math.max(widest, widthOf(label)), 0);
  return present.map(([label, value]) => `${pad(label, width, "left")}${gap}${value}`.trimEnd());
}
