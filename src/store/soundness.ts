/** What SQLite's `integrity_check` says, by what has to be done about it. */
export type Soundness =
  | { kind: "sound" }
  /** Indexes do not match their rows: they are rebuilt from the rows, which have checksums. */
  | { kind: "indexes"; what: string }
  /** Values that a table does not take: their checksums show them as damaged. */
  | { kind: "rows"; what: string }
  /** Pages that cannot be read, or that belong to several things or to none. */
  | { kind: "pages"; what: string };

const aboutIndexes = [
  /^row \S+ missing from index /,
  /^row \S+ values differ from index /,
  /^wrong # of entries in index /,
  /^non-unique entry in index /,
  /^rowid not at end-of-record for row /,
];
const aboutRows = [
  /^CHECK constraint failed in /,
  /^NULL value in /,
  /^non-\w+ value in /,
  /^(TEXT|INTEGER|REAL|NUMERIC|BLOB|\w+) value in /,
];

/** The worst of what it found decides. */
export function soundnessOf(messages: readonly string[]): Soundness {
  const fits = (message: string, rules: RegExp[]) => rules.some((rule) => rule.test(message));
  const index = messages.find((message) => fits(message, aboutIndexes));
  const row = messages.find((message) => fits(message, aboutRows));
  const known = [/^ok$/, ...aboutIndexes, ...aboutRows];
  const other = messages.find((message) => !fits(message, known));
  if (other !== undefined) return { kind: "pages", what: other };
  if (index !== undefined) return { kind: "indexes", what: index };
  return row === undefined ? { kind: "sound" } : { kind: "rows", what: row };
}
