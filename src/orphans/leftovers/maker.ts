import { startedAtMs } from "../../processes/live-details.ts";
import {
  hidesProcesses,
  inFirstPidNamespace,
  pidsInNamespaces,
} from "../../processes/pids-in-namespaces.ts";
import { listProcesses } from "../../processes/process-table.ts";
import { isFinished } from "../scene.ts";

/** Names in which a library writes the pid of the maker. */
const named = [
  /^joblib_memmapping_folder_(\d+)_/,
  /^(?:sem\.)?loky-(\d+)-/,
  /^torch_(\d+)_/,
  /^__KMP_REGISTERED_LIB_(\d+)_/,
  /^session_\d{4}-\d{2}-\d{2}_\d{2}-\d{2}-\d{2}_\d+_(\d+)$/, // Ray's, in /tmp/ray
];

/** The maker's pid in a file name, for known libraries. */
export function makerPid(name: string): number | null {
  for (const pattern of named) {
    const pid = pattern.exec(name)?.[1];
    if (pid !== undefined) return Number(pid);
  }
  return null;
}

/**
 * The living processes by each pid that they have in a PID namespace. A file does not show in which
 * namespace its writer ran, so each process with that pid counts.
 */
export interface Makers {
  /** Start times of the processes with this pid. */
  began: ReadonlyMap<number, readonly number[]>;
  /** Why other processes may be invisible. Null: all are visible. */
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
  return { began, unseen: unseenMessage() };
}

function unseenMessage(): string | null {
  if (inFirstPidNamespace() !== true)
    return "its maker may be in a PID namespace outside this one, whose processes are not visible";
  return hidesProcesses() ? "its maker may be a process that /proc hides from this user" : null;
}

// The two times come from different clocks; a process that may have existed counts as existing.
const slackMs = 2000;

/** Whether a process that had this pid at the time of the last change may still be alive. */
export function mayLive(pid: number, changedAtMs: number, { began }: Makers): boolean {
  return (began.get(pid) ?? []).some((atMs) => atMs <= changedAtMs + slackMs);
}
