import type { Job } from "../../contract/job.ts";
import { progressLine } from "../format/bar.ts";
import { titleOf } from "../format/command-line.ts";
import { cut } from "../format/fit.ts";
import { printable } from "../format/printable.ts";
import { stoppingLine, type Moment } from "../format/stopping.ts";

/**
 * The line below a job's output; null if the state needs none.
 * `heardMsAgo`: age of `job`.
 */
export function statusLine(job: Job, heardMsAgo: number, columns: number): string | null {
  if (job.state === "running" && job.progress !== null) return progressLine(job.progress, columns);
  const message = situation(job, { heardMsAgo, columns });
  return message === null ? null : cut(message, columns);
}

/** Why the job does not run, or the progress of its stop. Null while it starts or runs. */
export function situation(job: Job, moment: Moment): string | null {
  const { id, state, waiting, stopping, spec } = job;
  if (stopping !== null) return stoppingLine(stopping, spec.stopSignal, moment);
  const named = `job ${id} ${titleOf(spec)}`;
  // "order": the scheduler has not considered it yet, which takes too little time to be read.
  if (state === "queued")
    return waiting === null || waiting.code === "order"
      ? null
      : `${named} waits: ${printable(waiting.message)}`;
  if (state === "held") return `${named} is held; holdfast release ${id}`;
  if (state === "paused") return `${named} is paused; holdfast resume ${id}`;
  return null;
}

const live: ReadonlySet<Job["state"]> = new Set(["starting", "running", "paused", "stopping"]);

/** What a live job waits for that may need a person; null: only the job itself. */
export function awaitedLine({ id, state, spec, message }: Job): string | null {
  if (message === null || !live.has(state)) return null;
  return `job ${id} ${titleOf(spec)}: ${printable(message)}`;
}
