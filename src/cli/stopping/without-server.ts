import type { StoppedAttempt } from "../../contract/rescue.ts";
import type { Context } from "../context.ts";
import { rescue } from "../rescue.ts";

export interface StopWithoutServer {
  graceMs: number;
  dryRun: boolean;
  /** Numbers of jobs; none: all of the state folder. */
  jobs: readonly number[];
  show: (attempt: StoppedAttempt) => Promise<void>;
}

/**
 * Stops attempts through their keepers. The job that this command is part of is last, because nothing
 * can be shown after it.
 */
export async function stopWithoutServer(
  context: Pick<Context, "rescueProgram" | "screen" | "clock">,
  { graceMs, dryRun, jobs, show }: StopWithoutServer,
): Promise<StoppedAttempt[]> {
  const stop = async (...which: string[]) => {
    const mode = dryRun ? "dry-run" : "stop";
    const { attempts } = await rescue(context, "emergency-stop", String(graceMs), mode, ...which);
    const ordered = attempts.toSorted((a, b) => Number(isLast(a)) - Number(isLast(b)));
    for (const attempt of ordered) await show(attempt);
    return ordered;
  };
  const stopped = await stop(...(jobs.length === 0 ? ["all"] : jobs.map(String)));
  // This command ends with it, unless the job ignores SIGTERM and has a long grace.
  return stopped.some(isLast) ? [...stopped, ...(await stop("own"))] : stopped;
}

function isLast({ did }: StoppedAttempt): boolean {
  return did === "is stopped last";
}

const unproven: ReadonlySet<StoppedAttempt["did"]> = new Set([
  "still lives",
  "cannot be seen",
  "its state folder was moved",
]);

/** 0 only if every process of the attempts is confirmed gone. */
export function exitCodeOf(stopped: readonly StoppedAttempt[]): number {
  return stopped.some(({ did }) => unproven.has(did)) ? 1 : 0;
}
