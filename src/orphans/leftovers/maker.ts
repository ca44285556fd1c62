import { startedAtMs } from "../../processes/live-details.ts";
import { readStat } from "../../processes/proc-stat.ts";
import { isFinished } from "../scene.ts";

/** Names into which a library writes the pid of whoever makes them. */
const named = [
  /^joblib_memmapping_folder_(\d+)_/,
  /^(?:sem\.)?loky-(\d+)-/,
  /^torch_(\d+)_/,
  /^__KMP_REGISTERED_LIB_(\d+)_/,
  /^session_\d{4}-\d{2}-\d{2}_\d{2}-\d{2}-\d{2}_\d+_(\d+)$/, // Ray's, in /tmp/ray
];

/** The pid in a file's name, where a library that is known has put one there. */
export function makerPid(name: string): number | null {
  for (const pattern of named) {
    const pid = pattern.exec(name)?.[1];
    if (pid !== undefined) return Number(pid);
  }
  return null;
}

// The two times are of two clocks; whoever may have been there counts as there.
const slackMs = 2000;

/** Whether the process that had this pid when something was last changed may still live. */
export function mayLive(pid: number, changedAtMs: number): boolean {
  const stat = readStat(pid);
  return stat !== null && !isFinished(stat) && startedAtMs(stat.start) <= changedAtMs + slackMs;
}
