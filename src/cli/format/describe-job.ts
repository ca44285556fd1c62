import type { Job, Progress } from "../../contract/job.ts";
import { formatDuration } from "../../contract/units.ts";
import { printable } from "./printable.ts";
import { signalName } from "./signals.ts";
import { hasEnded, describeState } from "./states.ts";
import { stoppingLine } from "./stopping.ts";

/** `exit 1`, `SIGKILL`, `not known`; null while it has not ended or where nothing was executed. */
export function describeExit({ outcome }: Pick<Job, "outcome">): string | null {
  if (outcome === null) return null;
  if (outcome.signal !== null) return signalName(outcome.signal);
  if (outcome.code !== null) return `exit ${outcome.code}`;
  return null;
}

/** Details of its state: what it waits for, its progress, why it ended. */
export function noteOf(job: Job): string {
  if (job.damaged !== undefined) return `damaged: ${job.damaged.fields.map(printable).join(", ")}`;
  if (job.stopping !== null)
    return stoppingLine(job.stopping, job.spec.stopSignal).replace(/^stopping: /, "");
  if (job.waiting !== null) return printable(job.waiting.message);
  if (!hasEnded(job))
    return job.progress === null ? describeAttempt(job) : describeProgress(job.progress);
  const [held] = heldMessage(job);
  if (held !== undefined) return held;
  if (job.reason === "exited" || job.reason === null) return describeLeftover(job) ?? "";
  return printable(job.message ?? describeReason(job.reason));
}

function describeAttempt({ attempt, spec }: Job): string {
  return spec.retries.max > 0 && attempt !== null && attempt.number > 1
    ? `attempt ${attempt.number}`
    : "";
}

/** `12/20 loss 0.14` */
export function describeProgress({ done, total, text }: Progress): string {
  return `${done}/${total} ${printable(text)}`.trimEnd();
}

/** `left 3 processes behind, stopped`; null where nothing was left. */
export function describeLeftover({ outcome, spec }: Job): string | null {
  const left = outcome?.leftovers ?? 0;
  if (left === 0) return null;
  const done = spec.leftovers === "wait" ? "waited for" : "stopped";
  return left === 1 ? `left 1 process behind, ${done}` : `left ${left} processes behind, ${done}`;
}

/** Since its start until its end or now; null before it started. */
export function runTimeMs(job: Job, nowMs: number): number | null {
  if (job.startedAtMs === null) return null;
  return Math.max(0, (job.endedAtMs ?? nowMs) - job.startedAtMs);
}

/** Reasons that the state already shows. */
const obvious: ReadonlySet<NonNullable<Job["reason"]>> = new Set([
  "exited",
  "cancel",
  "time_limit",
]);

/** The one line that `run`, `wait` and `cancel` end with. */
export function describeEnd(job: Job, title: string, nowMs: number): string {
  const ran = runTimeMs(job, nowMs);
  const parts = [`job ${job.id} ${title} ${endedHow(job)}`];
  if (ran !== null) parts.push(`after ${formatDuration(ran)}`);
  const left = describeLeftover(job);
  const why = job.reason === null || obvious.has(job.reason) ? null : job.message;
  const line = parts.join(" ") + (left === null ? "" : `; it ${left}`);
  return [line, ...(why === null ? [] : [printable(why)]), ...heldMessage(job)].join("\n  ");
}

/** All its processes have ended, but the memory of its GPUs is not free: another process holds it. */
function heldMessage({ heldGpus }: Job): string[] {
  return heldGpus.map(
    ({ uuid, index, message }) =>
      `GPU ${index ?? uuid} is not free: ${printable(message)}; holdfast gpus shows it`,
  );
}

/** `failed (exit 1)` */
export function endedHow(job: Pick<Job, "state" | "outcome">): string {
  const state = describeState(job.state);
  const exit = job.state === "failed" || job.state === "succeeded" ? describeExit(job) : null;
  return exit === null || exit === "exit 0" ? state : `${state} (${exit})`;
}

export function describeReason(reason: string): string {
  return reason.replaceAll("_", " ");
}
