import type { AttemptRow, JobRow } from "../../store/rows.ts";
import type { Context } from "../context.ts";

type Parts = Pick<Context, "store" | "engines" | "bootId" | "log">;

const places = ["engine", "nonce", "bootId", "tier", "cgroup", "cgroupAlso", "gpuUuids"] as const;

/**
 * The current attempt of an unfinished job, with what is damaged of it taken from its intent. A
 * damaged claim is not replaced here: its keeper has to answer first. Null: no record of it is left.
 */
export async function attemptToFollow(context: Parts, job: JobRow): Promise<AttemptRow | null> {
  const { store, engines, bootId, log } = context;
  const attempt =
    (job.attempt === null ? null : store.attempts.get(job.attempt)) ??
    store.attempts.ofJob(job.id).at(-1);
  if (attempt === undefined) {
    log.error({ job: job.id, state: job.state }, "no attempt of an unfinished job is on record");
    return null;
  }
  const { damaged } = attempt;
  if (damaged === undefined) return attempt;
  const intent = await engines.local.machine.records.recall(attempt.id);
  log.warn({ job: job.id, attempt: attempt.id, damaged, intent }, "a damaged record of an attempt");
  if (intent !== null)
    for (const field of places)
      if (damaged.includes(field)) Object.assign(attempt, { [field]: intent[field] });
  // Unknown boot: nothing is taken for ended by a restart that may not have happened.
  if (intent === null && damaged.includes("bootId")) attempt.bootId = bootId;
  if (damaged.includes("job")) attempt.job = job.id;
  return attempt;
}
