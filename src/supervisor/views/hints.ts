import { readlink, stat } from "node:fs/promises";
import { join } from "node:path";
import type { JobHint } from "../../contract/job.ts";
import { mainOf } from "../../contract/main-process.ts";
import { logNames } from "../../contract/log-names.ts";
import { isTerminal } from "../../job/states.ts";
import type { AttemptRow, JobRow } from "../../store/rows.ts";
import { folderOf } from "../attempt/folder.ts";
import type { Context } from "../context.ts";
import { silenceHint } from "./silence.ts";

export type HintParts = Pick<Context, "store" | "engines" | "clock" | "config">;

/** Observations of a job that suggest a change. Reads files: for one job, not for lists. */
export async function hintsOf(context: HintParts, job: JobRow): Promise<JobHint[]> {
  if (job.attempt === null || job.damaged.includes("spec")) return [];
  const message = isTerminal(job.state)
    ? stopHint(context, job.attempt)
    : job.state === "running"
      ? await silence(context, job, job.attempt)
      : null;
  if (message === null) return [];
  return [{ code: isTerminal(job.state) ? "stop_scope" : "no_output", message }];
}

function stopHint({ store }: Pick<Context, "store">, attempt: string): string | null {
  const receipt = store.receipts.of(attempt);
  return receipt === null || receipt === "damaged" ? null : (receipt.stopHint ?? null);
}

async function silence(context: HintParts, { spec }: JobRow, id: string): Promise<string | null> {
  const { store, engines, clock, config } = context;
  const attempt = store.attempts.get(id);
  // The output of an adopted process is not redirected.
  if (attempt === null || attempt.startedAtMs === null || spec.adopt !== undefined) return null;
  const limits = { nowMs: clock.nowMs(), limitMs: config.jobs.silent_after };
  const last = await lastWritten(folderOf(context, id), logNames[spec.output]);
  if (last === "unknown") return null;
  const written = last !== null;
  const sinceMs = last ?? attempt.startedAtMs;
  // Only now, as it decides nothing before.
  const isLong = limits.nowMs - sinceMs >= limits.limitMs;
  const sight = isLong ? await engines.machineOf(attempt)?.namespaces.sightOf(attempt) : null;
  const intoPipe = written && sight === "here" ? await isPipe(attempt) : null;
  return silenceHint(spec, { written, sinceMs, intoPipe }, limits);
}

/** Null: nothing was ever written. */
async function lastWritten(
  folder: string,
  names: readonly string[],
): Promise<number | "unknown" | null> {
  try {
    const logs = await Promise.all(names.map((name) => stat(join(folder, name))));
    const written = logs.filter(({ size }) => size > 0);
    return written.length === 0 ? null : Math.max(...written.map(({ mtimeMs }) => mtimeMs));
  } catch {
    return "unknown"; // not made yet, or the folder is out of reach
  }
}

async function isPipe({ claim }: AttemptRow): Promise<boolean | null> {
  const pid = claim === null ? null : mainOf(claim).pid;
  if (pid === null) return null;
  try {
    return (await readlink(`/proc/${pid}/fd/1`)).startsWith("pipe:");
  } catch {
    return null;
  }
}
