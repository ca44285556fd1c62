import { states, type State } from "../job/states.ts";
import type { Connection } from "./connection.ts";
import type { JobFilter } from "./job-filter.ts";

/**
 * What the indexes say of jobs without the rows themselves, for when a page of rows is damaged.
 * Each query here is answered by its index alone. Newest first.
 */
export function idsByIndexes(db: Connection, filter: JobFilter): number[] {
  const { tag, name, before, from = 0, limit } = filter;
  const wanted = filter.states.length === 0 ? states : filter.states;
  const ids = (sql: string, value: string) =>
    new Set(db.all(sql, value).map((row) => Number(row["id"])));
  const inState = ids(
    "SELECT id FROM jobs INDEXED BY jobs_by_state WHERE state IN (SELECT value FROM json_each(?))",
    JSON.stringify(wanted),
  );
  const sets = [
    ...(filter.ids === null ? [] : [new Set(filter.ids)]),
    ...(tag === null ? [] : [ids("SELECT job AS id FROM job_tags WHERE tag = ?", tag)]),
    ...(name === null
      ? []
      : [ids("SELECT id FROM jobs INDEXED BY jobs_by_name WHERE name = ?", name)]),
  ];
  const found = [...inState]
    .filter((id) => id >= from && (before === null || id < before))
    .filter((id) => sets.every((set) => set.has(id)))
    .toSorted((a, b) => b - a);
  return limit < 0 ? found : found.slice(0, limit);
}

export function stateInIndex(db: Connection, id: number): State | null {
  const row = db.one(
    `SELECT state FROM jobs INDEXED BY jobs_by_state
       WHERE state IN (SELECT value FROM json_each(?)) AND id = ?`,
    JSON.stringify(states),
    id,
  );
  return row === undefined ? null : (row["state"] as State);
}

/** Jobs whose state is none that there is: damaged. Searched between those that there are, without a scan. */
export function strangeIds(db: Connection): number[] {
  return db.all(strange).map((row) => Number(row["id"]));
}

const strange = ["", ...states.toSorted()]
  .map((state, index, all) => {
    const before = all[index + 1];
    const end = before === undefined ? "" : ` AND state < '${before}'`;
    return `SELECT id FROM jobs INDEXED BY jobs_by_state WHERE state > '${state}'${end}`;
  })
  .join(" UNION ALL ");
