import type { Colour } from "./colours.ts";
import type { Style } from "./style.ts";

/** A page for people, described as data: `layout.ts` makes lines of it. */
export type Page = readonly Block[];
export type Block = Text | Facts | Table | Section;

/** One line. Whatever it contains, it does nothing to a terminal but show itself. */
export type Text = Span | readonly Span[];
export type Span = string | Painted;

export interface Painted {
  text: string;
  styles: readonly TextStyle[];
}
export type TextStyle = Colour | "bold";

/** `label  value` lines with aligned labels. A null value leaves the line out. */
export interface Facts {
  kind: "facts";
  rows: readonly Fact[];
}
export type Fact = readonly [label: string, value: Text | null];

export interface Table {
  kind: "table";
  columns: readonly Omit<Column<never>, "cell">[];
  rows: readonly (readonly Span[])[];
}

/** A column that is empty in every row is left out. */
export interface Column<Row> {
  title: string;
  cell: (row: Row) => Span | null;
  /** Default: left. */
  align?: "right";
  /** Columns down to which it may be cut on a narrow terminal. Left out: it is never cut. */
  least?: number;
  /** Dropped before the columns without this, if the table is still too wide. */
  isExpendable?: true;
}

/** A head with more below it; left out without. */
export interface Section {
  kind: "section";
  head: Text;
  body: Page;
}

/** Where a page is shown. */
export interface Room {
  /** Null: no limit. */
  width: number | null;
  style: Style;
}

export function painted(text: string, ...styles: TextStyle[]): Painted {
  return { text, styles };
}

export function bold(text: string): Painted {
  return painted(text, "bold");
}

/** Something that a person should see. */
export function warning(text: string): Painted {
  return painted(text, "yellow");
}

export function facts(rows: readonly Fact[]): Facts {
  return { kind: "facts", rows };
}

/** Without rows there is only the head. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): Table {
  return {
    kind: "table",
    columns,
    rows: rows.map((row) => columns.map(({ cell }) => cell(row) ?? "")),
  };
}

export function section(head: Text, body: Page): Section {
  return { kind: "section", head, body };
}
