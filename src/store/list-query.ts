import type { JobFilter } from "./job-filter.ts";

/** Brings the specifications. */
export const withSpec = "LEFT JOIN documents ON documents.hash = jobs.spec_hash";

/** SQLite has the length of a value beside the row: the value itself is not read. */
const bytesOfRow = ["documents.document", "jobs.outcome", "jobs.message", "jobs.name"]
  .map((value) => `coalesce(octet_length(${value}), 0)`)
  .join(" + ");

interface Sql {
  sql: string;
  values: (string | number)[];
}

/**
 * The statement for one page of a list, newest first. One condition leads: it is read from an index
 * in the order of the page and no further than its end. The others are checked row by row (`+` keeps
 * SQLite from using their indexes, which would sort all that they find). `join` brings the
 * specifications, as `documents`.
 */
export function listQuery(select: string, join: string, filter: JobFilter): Sql {
  const { from, id, conditions } = leadOf(filter);
  const where = conditions.map(({ sql }) => sql).join(" AND ");
  return {
    sql: `${select} FROM ${from} ${join} WHERE ${where} ORDER BY ${id} DESC LIMIT ?`,
    values: [...conditions.flatMap(({ values }) => values), filter.limit],
  };
}

/** Counts what `listQuery` would read, without reading values that may be large. */
export function sizeQuery(filter: JobFilter): Sql {
  const { sql, values } = listQuery(
    `SELECT jobs.ended_at_ms IS NOT NULL AS ended, ${bytesOfRow} AS bytes`,
    withSpec,
    filter,
  );
  return {
    sql: `SELECT count(*) AS jobs, total(ended) AS ended, total(bytes) AS bytes FROM (${sql})`,
    values,
  };
}

function leadOf(filter: JobFilter): { from: string; id: string; conditions: Sql[] } {
  const { states, tag, name, ids, limit } = filter;
  const before = filter.before ?? Number.MAX_SAFE_INTEGER;
  const from = filter.from ?? 0;
  const until = (id: string): Sql => ({ sql: `${id} < ? AND ${id} >= ?`, values: [before, from] });
  const inStates = { sql: `+jobs.state IN (${places(states)})`, values: [...states] };
  const named = { sql: "+jobs.name = ?", values: [name ?? ""] };
  const tagged = { sql: specHasTag, values: [tag ?? ""] };
  const rest = [
    ...(states.length === 0 ? [] : [inStates]),
    ...(name === null ? [] : [named]),
    ...(tag === null ? [] : [tagged]),
  ];
  if (ids !== null) {
    const among: Sql = {
      sql: "jobs.id IN (SELECT value FROM json_each(?))",
      values: [JSON.stringify(ids)],
    };
    const inTable: Sql = {
      sql: "jobs.id IN (SELECT job FROM job_tags WHERE tag = ?)",
      values: [tag ?? ""],
    };
    const conditions = [among, until("jobs.id"), ...(tag === null ? [] : [inTable]), ...rest];
    return { from: "jobs", id: "jobs.id", conditions };
  }
  if (tag !== null)
    return {
      from: "job_tags CROSS JOIN jobs ON jobs.id = job_tags.job",
      id: "job_tags.job",
      conditions: [{ sql: "job_tags.tag = ?", values: [tag] }, until("job_tags.job"), ...rest],
    };
  if (name !== null)
    return {
      from: "jobs INDEXED BY jobs_by_name",
      id: "jobs.id",
      conditions: [
        { sql: "jobs.name = ?", values: [name] },
        until("jobs.id"),
        ...rest.filter((condition) => condition !== named),
      ],
    };
  if (states.length === 0) return { from: "jobs", id: "jobs.id", conditions: [until("jobs.id")] };
  // The newest of each state: no more of them can be on the page.
  const newest = `SELECT id FROM (SELECT id FROM jobs INDEXED BY jobs_by_state
    WHERE state = ? AND id < ? AND id >= ? ORDER BY id DESC LIMIT ?)`;
  const union: Sql = {
    sql: `jobs.id IN (${states.map(() => newest).join(" UNION ALL ")})`,
    values: states.flatMap((state) => [state, before, from, limit]),
  };
  return { from: "jobs", id: "jobs.id", conditions: [union] };
}

/**
 * The last id of the first `rows` rows of the leading index of a list that checks row by row. Null: the
 * list reads fewer, or no more than it returns.
 */
export function endOfStep({ tag, name, ids, before }: JobFilter, rows: number): Sql | null {
  if (ids !== null || (tag === null && name === null)) return null;
  const values = [before ?? Number.MAX_SAFE_INTEGER, rows - 1];
  if (tag !== null)
    return {
      sql: "SELECT job AS id FROM job_tags WHERE tag = ? AND job < ? ORDER BY job DESC LIMIT 1 OFFSET ?",
      values: [tag, ...values],
    };
  return {
    sql: `SELECT id FROM jobs INDEXED BY jobs_by_name WHERE name = ? AND id < ?
      ORDER BY id DESC LIMIT 1 OFFSET ?`,
    values: [name ?? "", ...values],
  };
}

/** The table of tags may be damaged and name another job; the specification says which tags it has. */
const specHasTag = `CASE WHEN json_valid(holdfast_text(documents.document))
  THEN EXISTS (SELECT 1 FROM json_each(holdfast_text(documents.document), '$.tags') WHERE value = ?)
  ELSE 1 END`;

function places(values: readonly unknown[]): string {
  return values.map(() => "?").join(", ");
}
