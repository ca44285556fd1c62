import { copyFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { damageIn, layoutIn, type DamagedRow } from "./damaged-rows.ts";
import { Database } from "./database.ts";
import { Documents } from "./documents.ts";
import type { Row } from "./row.ts";
import { holdWaiting } from "./hold-waiting.ts";
import { salvage } from "./salvage.ts";
import { removeDatabase } from "./sqlite-files.ts";
import { whereRow } from "./sums.ts";

export interface Filled {
  /** Jobs that only the backup knew. */
  jobs: number;
  /** Damaged rows that are now as the backup has them, in part or as a whole. */
  mended: number;
}

/** Columns that keep their first value: a backup of whatever age has the right one. */
const onceWritten: Partial<Record<DamagedRow["table"], readonly string[]>> = {
  jobs: ["spec_hash", "env_hash", "name", "priority", "gpus", "created_at_ms", "retry_of"],
  attempts: [
    "job",
    "number",
    "nonce",
    "seal_hash",
    "boot_id",
    "pid_namespace",
    "tier",
    "cgroup",
    "gpu_uuids",
    "created_at_ms",
    "claim",
    "receipt_hash",
  ],
  documents: ["document"],
  receipts: ["output_bytes", "receipt"],
  events: ["job", "at_ms", "type", "state", "data"],
  attempt_gpus: ["baseline"],
  submissions: ["request_hash", "job", "at_ms"],
  allocations: ["job", "amount"],
  stop_requests: ["job", "attempt", "number", "reason", "grace_ms", "prolong", "at_ms", "client"],
};

/**
 * Takes from a backup what a database that was read out of a damaged one lacks: values that are
 * written once, and rows that are missing. A job that was waiting then may have run since, so it is
 * held. What was removed since stays removed.
 */
export function fillFromBackup(backup: string, into: Database): Filled {
  if (schemaOf(backup) >= into.schema) return fillFrom(backup, into);
  // Values may have other places in an earlier version.
  const present = `${backup}.migrated`;
  removeDatabase(present);
  try {
    copyFileSync(backup, present);
    new Database(present).close();
    return fillFrom(present, into);
  } finally {
    removeDatabase(present);
  }
}

function schemaOf(path: string): number {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return Number(db.prepare("PRAGMA user_version").get()?.["user_version"]);
  } finally {
    db.close();
  }
}

function fillFrom(backup: string, into: Database): Filled {
  const mended = mend(backup, into);
  const known = JSON.stringify(into.all("SELECT id FROM jobs").map((row) => row["id"]));
  const isNew = "id NOT IN (SELECT value FROM json_each(?))";
  salvage(backup, into);
  into.run(
    `DELETE FROM jobs WHERE ${isNew} AND id IN (SELECT job FROM events WHERE type = 'removed')`,
    known,
  );
  new Documents(into).removeAllUnused();
  // The backup may have some of jobs that have ended since: the next server checks all of them.
  into.run("DELETE FROM marks WHERE name = 'secrets-removed'");
  holdWaiting(into, { known });
  const jobs = into.one(`SELECT count(*) AS n FROM jobs WHERE ${isNew}`, known);
  return { jobs: Number(jobs?.["n"]), mended };
}

function mend(backup: string, into: Database): number {
  const db = new DatabaseSync(backup, { readOnly: true });
  let mended = 0;
  try {
    for (const { table, keys, columns } of into.damagedRows()) {
      const once = columns.filter((name) => onceWritten[table]?.includes(name) === true);
      const values = soundValues(db, table, keys, once);
      if (values.length === 0) continue;
      const set = values.map(([name]) => `${name} = ?`).join(", ");
      into.run(
        `UPDATE ${table} SET ${set} WHERE ${whereRow(table)}`,
        ...values.map(([, value]) => value),
        ...keys,
      );
      mended += 1;
    }
  } finally {
    db.close();
  }
  return mended;
}

/** What the backup has of a row, where that is what was written and not yet to come. */
function soundValues(
  db: DatabaseSync,
  table: DamagedRow["table"],
  keys: readonly (string | number)[],
  names: readonly string[],
): [string, string | number][] {
  const layout = layoutIn(db, table);
  if (layout === null || names.length === 0) return [];
  const row: Row | undefined = db
    .prepare(`SELECT * FROM ${table} WHERE ${whereRow(table)}`)
    .get(...keys);
  if (row === undefined) return [];
  const damaged = damageIn(table, layout, row);
  return names.flatMap((name): [string, string | number][] => {
    const value = row[name];
    const usable = typeof value === "string" || typeof value === "number";
    return usable && !damaged.includes(name) ? [[name, value]] : [];
  });
}
