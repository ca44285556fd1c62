import { isTerminal } from "../job/states.ts";

import type { Database } from "./database.ts";
import { Rebuild } from "./rebuild.ts";
import { Receipts } from "./receipts.ts";

/**
 * Restores damaged outcomes of jobs. The receipt of a job's last attempt was written in the same commit and
 * has the same outcome; it is copied if the receipt is what was written and agrees with all else that the
 * job's row has. Nothing is computed: an outcome that no receipt has stays damaged.
 */
export function mendOutcomes(database: Database): void {
  const jobs = new Rebuild(database);
  const receipts = new Receipts(database);
  for (const { keys, columns } of database.damagedRows("jobs")) {
    const job = columns.includes("outcome") ? jobs.job(Number(keys[0])) : null;
    if (job === null || job.attempt === null || !isTerminal(job.state)) continue;
    if (["state", "reason", "attempt"].some((field) => job.damaged.includes(field))) continue;
    const receipt = receipts.of(job.attempt);
    if (receipt === null || receipt === "damaged") continue;
    const { jobId, attempt, state, outcome } = receipt;
    const isIts = jobId === job.id && attempt === job.attempt;
    if (!isIts || state !== job.state || outcome.reason !== job.reason) continue;
    database.run("UPDATE jobs SET outcome = ? WHERE id = ?", JSON.stringify(outcome), job.id);
  }
}
