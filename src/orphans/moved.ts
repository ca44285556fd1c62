import type { MovedAttempt } from "../contract/orphans.ts";
import { isFinished, type Scene } from "./scene.ts";
import { suspectProcess } from "./suspect-process.ts";

/**
 * Attempts whose state folder was moved while they run. They are not orphans, because a server that
 * uses the new folder finds them, but this server does not list them as its jobs. `uid`: the user;
 * null: every user.
 */
export function movedAttempts(scene: Scene, uid: number | null): MovedAttempt[] {
  const found = new Map<string, MovedAttempt>();
  for (const process of scene.processes.values()) {
    if (isFinished(process)) continue;
    const abandoned = scene.abandonedOf(process.pid);
    if (abandoned === null || abandoned.movedTo === null) continue;
    if (uid !== null && process.uid !== uid) continue;
    const { attempt, job, stateDir, movedTo } = abandoned;
    const known = found.get(attempt) ?? { attempt, jobId: job, stateDir, movedTo, processes: [] };
    known.processes.push(suspectProcess(process, scene));
    found.set(attempt, known);
  }
  return [...found.values()];
}
