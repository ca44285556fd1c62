import type { Job } from "../../contract/job.ts";
import { progressLine } from "../format/bar.ts";
import { titleOf } from "../format/command-line.ts";
import { cut } from "../format/fit.ts";
import { printable } from "../format/printable.ts";
import { stoppingLine, type Moment } from "../format/stopping.ts";

/**
 * The line that stands under a job's output; null where the state needs none.
 * `heardMsAgo`: how old `job` is.
 */
export function statusLine(job: Job, heardMsAgo: number, columns: number): string | null {
  if (job.state === "running" && job.progress !== null) return progressLine(job.progress, columns);
  const words = situation(job, { heardMsAgo, columns });
  return words === null ? null : cut(words, columns);
}

/** Why nothing is to be seen of the job, or how far its end is. Null while it starts or runs. */
export function situation(job: Job, moment: Moment): string | null {
  const { id, state, waiting, stopping, spec } = job;
  if (stopping !== null) return stoppingLine(stopping, spec.stopSignal, moment);
  const named = `job ${id} ${titleOf(spec)}`;
  // "order": the scheduler has not looked at it yet, which is over before anybody could read it.
  if (state === "queued")
    return waiting === null || waiting.code === "order"
      ? null
      : `${named} waits: ${printable(waiting.message)}`;
  if (state === "held") return `${named} is held; holdfast release ${id}`;
  if (state === "paused") return `${named} is paused; holdfast resume ${id}`;
  return null;
}

const live: ReadonlySet<Job["state"]> = new Set(["starting", "running", "paused", "stopping"]);

/** What a live job waits for that may need a person; null: nothing but the job itself. */
export function awaitedLine({ id, state, spec, message }: Job): string | null {
  if (message === null || !live.has(state)) return null;
  return `job ${id} ${titleOf(spec)}: ${printable(message)}`;
}
