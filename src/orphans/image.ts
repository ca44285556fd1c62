import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";

/** The program that a process runs, as of its exec. */
export interface Image {
  /**
   * Program file, arguments, environment and their address in memory. The kernel chooses a new
   * address at each exec, so two processes with the same key descend from the same exec.
   */
  key: string;
  /** It has executed no program itself: an ancestor executed its program. */
  forked: boolean;
}

// PF_FORKNOEXEC in the kernel's include/linux/sched.h.
const forkNoExec = 0x40;

/** Null: it has ended, or this user may not read it. */
export function readImage({ pid, argStart }: { pid: number; argStart: number }): Image | null {
  if (argStart === 0) return null;
  try {
    const hash = createHash("sha256");
    for (const name of ["cmdline", "environ"])
      hash.update(readFileSync(`/proc/${pid}/${name}`)).update("\0\0");
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const flags = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[6]);
    return {
      key: [readlinkSync(`/proc/${pid}/exe`), argStart, hash.digest("hex")].join(" "),
      forked: (flags & forkNoExec) !== 0,
    };
  } catch {
    return null;
  }
}
