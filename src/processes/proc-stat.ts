import { readFile } from "node:fs/promises";
import { readSmall } from "./small-file.ts";

/** PF_KTHREAD */
const kernelThreadFlag = 0x20_0000;

/** A process as in `/proc/PID/stat`. Never cached: the pid may belong to another process a moment later. */
export interface ProcessStat {
  pid: number;
  /** At most 15 bytes; control characters possible. */
  comm: string;
  /** R, S, D, T, t, Z, X, I. Z may still have living threads. */
  state: string;
  ppid: number;
  processGroup: number;
  session: number;
  /** Living threads; a zombie with more than one is not finished. */
  threads: number;
  /** Clock ticks since boot. */
  start: number;
  /** User and system time in clock ticks, of the process itself. */
  cpuTicks: number;
  /** The address of its arguments in its memory, which changes at an exec. 0 if the kernel does not say. */
  argStart: number;
}

/** Null when there is no such process. */
export function readStat(pid: number): ProcessStat | null {
  try {
    return parseStat(readSmall(`/proc/${pid}/stat`, "latin1"));
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

/** The same without holding up this process: for a path that a request takes. */
export async function statOf(pid: number): Promise<ProcessStat | null> {
  try {
    return parseStat(await readFile(`/proc/${pid}/stat`, "latin1"));
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

/** For display: null also if proc hides it from this user. What is hidden may live: not for decisions. */
export function visibleStat(pid: number): ProcessStat | null {
  try {
    return readStat(pid);
  } catch (error) {
    return nullIfHidden(error);
  }
}

/** Of this process, by the number that it has in the /proc that is mounted. Null without one. */
export function readOwnStat(): ProcessStat | null {
  try {
    return parseStat(readSmall("/proc/self/stat", "latin1"));
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

/** The name is in parentheses and may itself contain parentheses and spaces: the last `)` ends it. */
export function parseStat(text: string): ProcessStat | null {
  const open = text.indexOf("(");
  const close = text.lastIndexOf(")");
  if (open < 0 || close < open) return null;
  const fields = text.slice(close + 2).split(" ");
  const number = (index: number) => Number(fields[index] ?? Number.NaN);
  const stat: ProcessStat = {
    pid: Number(text.slice(0, open - 1)),
    comm: text.slice(open + 1, close),
    state: fields[0] ?? "?",
    ppid: number(1),
    processGroup: number(2),
    session: number(3),
    threads: number(17),
    start: number(19),
    cpuTicks: number(11) + number(12),
    argStart: Number(fields[45] ?? 0),
  };
  return Number.isNaN(stat.start) ? null : stat;
}

/** By its flags: its pid says nothing, because pid 2 is an ordinary process in a container. */
export function isKernelThread(pid: number): boolean {
  try {
    return hasKernelThreadFlag(readSmall(`/proc/${pid}/stat`, "latin1"));
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

export function hasKernelThreadFlag(statText: string): boolean {
  const flags = Number(statText.slice(statText.lastIndexOf(")") + 2).split(" ")[6]);
  return (flags & kernelThreadFlag) !== 0;
}

/** A zombie runs nothing; but one whose main thread alone has gone still has living tasks and is not finished. */
export function isFinished({ state, threads }: ProcessStat): boolean {
  return (state === "Z" && threads <= 1) || state === "X";
}

/** `hidepid=1`: a process of another user, or a process that may not be traced, such as a keeper. */
export function isHidden(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "EPERM" || code === "EACCES";
}

export function nullIfHidden(error: unknown): null {
  if (isHidden(error)) return null;
  throw error;
}

/** Gone, or hidden from this user. Every other error, such as EMFILE, says nothing of the process: it is thrown. */
export function throwUnlessUnseen(error: unknown): void {
  // The kernel reports no link target that is longer than a page: a retry would not help.
  const isTooLong = (error as NodeJS.ErrnoException).code === "ENAMETOOLONG";
  if (!isGone(error) && !isHidden(error) && !isTooLong) throw error;
}

/** ESRCH comes from a process that ends while it is read. */
export function isGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ESRCH";
}
