/** A row as SQLite returns it, by column. */
export type Row = Record<string, unknown>;
