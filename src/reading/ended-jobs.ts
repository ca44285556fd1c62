import { join } from "node:path";
import { asksForLimits } from "../job/limits.ts";
import { isTerminal } from "../job/states.ts";
import type { AttemptRow, JobRow } from "../store/rows.ts";
import { attemptViewOf } from "./attempt-view.ts";
import { jobOf } from "./job-of.ts";
import { jobText } from "./job-text.ts";
import { readLastProgress, type IsThere } from "./progress.ts";

/**
 * Whether the record of a job says everything about it: it has ended, which nothing changes any more,
 * and nothing of the record is damaged. GPUs that its processes still hold are not in it.
 */
export function isComplete(row: JobRow, attempt: AttemptRow | undefined): boolean {
  if (!isTerminal(row.state) || row.damaged.length > 0) return false;
  // How limits would have been applied to a job that never had an attempt, the engine knows.
  if (row.attempt === null) return !asksForLimits(row.spec);
  return attempt !== undefined && attempt.endedAtMs !== null && attempt.damaged === undefined;
}

interface Kept {
  attempt: Readonly<AttemptRow> | undefined;
  text: string;
}
/** Longer ones are rare, and would be kept several times. */
const longestKept = 8192;
/** By the rows of the job and its attempt: the store returns the same objects as long as both are the same. */
const keptTexts = new WeakMap<JobRow, Kept>();

/** A job whose record is complete, as JSON. */
export async function endedJobText(
  row: JobRow,
  attempt: Readonly<AttemptRow> | undefined,
  { attemptsDir, isThere }: { attemptsDir: string; isThere: IsThere },
): Promise<string> {
  const progress =
    attempt === undefined
      ? null
      : await readLastProgress(join(attemptsDir, attempt.id, "progress"), isThere);
  const kept = progress === null ? keptTexts.get(row) : undefined;
  if (kept !== undefined && kept.attempt === attempt) return kept.text;
  const text = jobText(
    jobOf(row, {
      awaited: null,
      waiting: null,
      attempt: attempt === undefined ? null : attemptViewOf(attemptsDir, attempt, attempt.claim),
      limits: attempt?.limits ?? [],
      stopping: null,
      progress,
      heldGpus: [],
    }),
  );
  const isShared = Object.isFrozen(row) && (attempt === undefined || Object.isFrozen(attempt));
  if (progress === null && isShared && text.length <= longestKept)
    keptTexts.set(row, { attempt, text });
  return text;
}
