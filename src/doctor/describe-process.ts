import type { ProcessStat } from "../processes/proc-stat.ts";
import type { Machine } from "./machine.ts";

/** `process 812 (python3)` */
export function pidOf({ pid, comm }: Pick<ProcessStat, "pid" | "comm">): string {
  return `process ${pid} (${comm})`;
}

/** The command line, or the name if the process no longer has one. */
export function commandOf(machine: Machine, { pid, comm }: Pick<ProcessStat, "pid" | "comm">) {
  const text = (machine.text(`/proc/${pid}/cmdline`) ?? "").replaceAll("\0", " ").trim();
  return text === "" ? comm : text.slice(0, 200);
}
