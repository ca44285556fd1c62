import type { Job } from "../contract/job.ts";
import type { KnownJob } from "./scope.ts";

/** States in which an attempt may have processes. */
export const livingStates = ["starting", "running", "paused", "stopping"] as const;

/** A job from the server's records. Null: it has no attempt, or its attempt has ended. */
export function knownJob({ id, state, attempt, spec, progress }: Job): KnownJob | null {
  if (attempt === null || attempt.endedAtMs !== null) return null;
  return {
    id,
    state,
    attempt: attempt.id,
    pid: attempt.pid,
    keeperPid: attempt.keeperPid,
    cwd: spec.cwd,
    folder: attempt.folder,
    gpuUuids: attempt.gpuUuids,
    progress,
  };
}
