import type { Pauses } from "../../contract/pauses.ts";
import { isTerminal } from "../../job/states.ts";
import type { JobRow } from "../../store/rows.ts";
import type { Context } from "../context.ts";
import { pausesOf } from "../receipt/pauses.ts";

/** Of a job's last attempt: while it runs as its keeper says, then as its receipt has them. */
export function pausesOfJob(
  { store, followers }: Pick<Context, "store" | "followers">,
  job: JobRow,
): Pauses | null {
  if (job.attempt === null) return null;
  const follower = isTerminal(job.state) ? undefined : followers.get(job.id);
  if (follower !== undefined) return follower.keeper === null ? null : pausesOf(follower.keeper);
  const receipt = store.receipts.of(job.attempt);
  return receipt === null || receipt === "damaged" ? null : (receipt.pauses ?? null);
}
