import type { DatabaseSync } from "node:sqlite";
import { MovedValues } from "./moved-values.ts";

/** Earlier versions kept the events of jobs that were removed. */
export function pruneEvents(db: DatabaseSync): void {
  const pruned = "type <> 'removed' AND job NOT IN (SELECT id FROM jobs)";
  const last = db.prepare(`SELECT max(seq) AS seq FROM events WHERE ${pruned}`).get()?.["seq"];
  if (typeof last !== "number") return;
  db.exec(`DELETE FROM events WHERE ${pruned}`);
  new MovedValues(db).insert("marks", ["events-pruned", last], new Set());
}
