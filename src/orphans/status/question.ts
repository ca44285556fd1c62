/** What the program that reads a database is asked; by standard input, so that no password is in its title. */
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

/** A name in SQL, whatever characters it has. Both databases quote alike. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
