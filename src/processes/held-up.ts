import { readStat } from "./proc-stat.ts";
import { readSmall } from "./small-file.ts";

/** A process that does nothing because another process has stopped it. */
export interface HeldUp {
  pid: number;
  /** `stopped`: by a signal, as SIGSTOP. `traced`: by a debugger. */
  how: "stopped" | "traced";
  tracer: { pid: number; comm: string | null } | null;
}

/** Null where it goes on, or has ended. */
export function heldUp(pid: number): HeldUp | null {
  try {
    const held = heldUpBy(readSmall(`/proc/${pid}/status`, "latin1"));
    if (held === null) return null;
    const { how, tracer } = held;
    return {
      pid,
      how,
      tracer: tracer === 0 ? null : { pid: tracer, comm: readStat(tracer)?.comm ?? null },
    };
  } catch {
    return null;
  }
}

/** By its `/proc/PID/status`. */
export function heldUpBy(status: string): { how: HeldUp["how"]; tracer: number } | null {
  const state = /^State:\t(\S)/m.exec(status)?.[1];
  if (state !== "T" && state !== "t") return null;
  const tracer = Number(/^TracerPid:\t(\d+)$/m.exec(status)?.[1] ?? 0);
  return { how: tracer === 0 ? "stopped" : "traced", tracer };
}
