/**
 * The input of the program that reads a database; on standard input, so that no password is in its
 * command line.
 */
export interface Question {
  database: { kind: "sqlite"; path: string } | { kind: "postgres"; url: string };
  /** `["jobs"]` or `["schema", "jobs"]` */
  table: readonly string[];
  idColumn: string;
  statusColumn: string;
  ids: readonly string[];
  timeoutMs: number;
}

/** A row's id and status, as text. */
export type Row = readonly [id: string, status: string | null];

export type Answer = { rows: readonly Row[] } | { problem: string };

/** Quotes any name for SQL. Both databases use the same quoting. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
