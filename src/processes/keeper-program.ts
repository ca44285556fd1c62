import { readlinkSync } from "node:fs";
import { basename } from "node:path";
import { commandOf } from "./process-table.ts";
import { isGone, readStat, type ProcessStat } from "./proc-stat.ts";
import { readSmall } from "./small-file.ts";

/** PF_FORKNOEXEC of the kernel's include/linux/sched.h, in field 9 of stat. */
const flagNeverExecuted = 0x40;
/** The program of another version is elsewhere, and may have been deleted since. */
const name = "holdfast-keeper";

/**
 * Whether a process runs a keeper's program. Null if the kernel does not say: an ordinary user's
 * keeper cannot be inspected, and neither can a keeper that is gone.
 */
export function runsKeeper(pid: number): boolean | null {
  try {
    return basename(readlinkSync(`/proc/${pid}/exe`)).startsWith(name);
  } catch {
    return null;
  }
}

/** Whether a process has the command line that the keeper of that attempt sets with its first instructions. */
export function isCalledKeeperOf(pid: number, attempt: string): boolean {
  return commandOf(pid, "") === `${name} ${attempt}`;
}

/** What a keeper shows as its command line. */
export const keeperTitle = new RegExp(`^${name} ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$`);

/** The attempt whose keeper a process is, by its command line; null: it is not a keeper's. */
export function attemptOfKeeper({ pid, comm }: ProcessStat): string | null {
  return comm.startsWith("holdfast-") ? (keeperTitle.exec(commandOf(pid, ""))?.[1] ?? null) : null;
}

/**
 * The attempt of the nearest keeper above a process; null: there is none. While its keeper lives, every
 * process of an attempt is below it, whatever its environment says.
 */
export function attemptAbove(
  { ppid }: ProcessStat,
  table: ReadonlyMap<number, ProcessStat>,
): string | null {
  const seen = new Set<number>();
  for (let pid = ppid; !seen.has(pid);) {
    seen.add(pid);
    const stat = table.get(pid);
    if (stat === undefined) return null;
    const attempt = attemptOfKeeper(stat);
    if (attempt !== null) return attempt;
    pid = stat.ppid;
  }
  return null;
}

/**
 * Whether a process was forked by a keeper and has executed nothing since: a payload that waits at
 * its gate, even if its keeper has just given up. If the kernel does not show its program, its parent
 * must have a keeper's command line. True as well when it is gone.
 */
export function waitsAtItsGate(pid: number): boolean {
  let text: string;
  try {
    text = readSmall(`/proc/${pid}/stat`, "latin1");
  } catch (error) {
    if (isGone(error)) return true;
    throw error;
  }
  // Counted as in proc(5), where the state behind the name is field 3.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [parent, flags] = [Number(fields[1]), Number(fields[6])];
  if ((flags & flagNeverExecuted) === 0) return false;
  return runsKeeper(pid) ?? readStat(parent)?.comm.startsWith(name) === true;
}
