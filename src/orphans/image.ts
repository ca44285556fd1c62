import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";

/** The program that a process runs, as the exec has left it. */
export interface Image {
  /**
   * Program file, arguments, environment and where they lie in memory. The kernel chooses that place
   * anew at each exec, so two processes with one key descend from one exec.
   */
  key: string;
  /** It has executed nothing itself: its program is that of an ancestor. */
  forked: boolean;
}

// PF_FORKNOEXEC in the kernel's include/linux/sched.h.
const forkNoExec = 0x40;

/** Null: it is gone, or the kernel does not let this user see. */
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
