import { startedAtMs } from "../../processes/live-details.ts";
import {
  hidesProcesses,
  inFirstPidNamespace,
  pidsInNamespaces,
} from "../../processes/pids-in-namespaces.ts";
import { listProcesses } from "../../processes/process-table.ts";
import { isFinished } from "../scene.ts";

/** Names into which a library writes the pid of the process that makes them. */
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

/**
 * The living processes by each number that they have in a PID namespace. A file does not say in which
 * namespace the process ran that wrote its pid into the name, so each process of that number counts.
 */
export interface Makers {
  /** When each process with the number began. */
  began: ReadonlyMap<number, readonly number[]>;
  /** Why there may be others, out of sight. Null: there are none. */
  unseen: string | null;
}

export function livingMakers(): Makers {
  const began = new Map<number, number[]>();
  for (const stat of listProcesses()) {
    if (isFinished(stat)) continue;
    const atMs = startedAtMs(stat.start);
    for (const pid of new Set([stat.pid, ...(pidsInNamespaces(stat.pid) ?? [])]))
      began.set(pid, [...(began.get(pid) ?? []), atMs]);
  }
  return { began, unseen: unseenWords() };
}

function unseenWords(): string | null {
  if (inFirstPidNamespace() !== true)
    return "its maker may be in a PID namespace outside this one, where processes cannot be seen";
  return hidesProcesses() ? "its maker may be a process that /proc hides from this user" : null;
}

// The two times are of two clocks; a process that may have been there counts as there.
const slackMs = 2000;

/** Whether a process that had this pid when something was last changed may still live. */
export function mayLive(pid: number, changedAtMs: number, { began }: Makers): boolean {
  return (began.get(pid) ?? []).some((atMs) => atMs <= changedAtMs + slackMs);
}
