import { readlinkSync } from "node:fs";
import { isGone, readStat } from "./proc-stat.ts";
import { readSmall } from "./small-file.ts";

// PROC_PID_INIT_INO of the kernel: the first PID namespace has this number on every machine.
const first = "pid:[4026531836]";

/** Null if the kernel does not say. */
export function inFirstPidNamespace(proc = "/proc"): boolean | null {
  const own = linkOf(`${proc}/self/ns/pid`);
  return own === null ? null : own === first;
}

/**
 * The numbers of a process, from the namespace of this `/proc` to its own: a pid that it writes down
 * is the last one's. Null if it has gone or the kernel does not say.
 */
export function pidsInNamespaces(pid: number | string): number[] | null {
  const line = /^NSpid:\s*(.+)$/m.exec(statusOf(pid) ?? "")?.[1];
  return line === undefined ? null : line.trim().split(/\s+/).map(Number);
}

/** Its innermost PID namespace. Null if the kernel does not let this user see. */
export function pidNamespaceOf(pid: number): string | null {
  return linkOf(`/proc/${pid}/ns/pid`);
}

/**
 * Whether `/proc` hides processes from this user (`hidepid`). What is not there may then be alive
 * all the same.
 */
export function hidesProcesses(): boolean {
  try {
    return readStat(1) === null;
  } catch (error) {
    if (isGone(error)) return true;
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EACCES" || code === "EPERM") return true;
    throw error;
  }
}

function statusOf(pid: number | string): string | null {
  try {
    return readSmall(`/proc/${pid}/status`, "latin1");
  } catch {
    return null;
  }
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}
