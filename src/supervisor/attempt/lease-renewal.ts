import { isTerminal } from "../../job/states.ts";
import type { AttemptRow } from "../../store/rows.ts";
import type { Context } from "../context.ts";

const shortestLeaseMs = 1000;
const shortestPauseMs = 250;

/** Renews the lease of a job that has one: its keeper stops the job when no server is heard. `renew`: false when it is over. */
export function keepLease(
  { store, clock }: Pick<Context, "store" | "clock">,
  attempt: AttemptRow,
  renew: () => boolean,
): void {
  const row = store.jobs.get(attempt.job);
  if (row === null || isTerminal(row.state)) return;
  // A damaged specification may have had one, and a keeper that hears no more of it stops its job.
  const leaseMs = row.damaged.includes("spec") ? shortestLeaseMs : row.spec.leaseMs;
  if (leaseMs === null) return;
  const everyMs = Math.max(shortestPauseMs, leaseMs / 4);
  const again = () => {
    if (renew()) clock.after(everyMs, again);
  };
  again();
}
