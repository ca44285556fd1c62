import type { ExitRecord } from "../contract/keeper.ts";
import { formatSize } from "../contract/units.ts";
import type { AppliedLimit } from "../job/limits.ts";
import { outOfMemoryWords } from "./out-of-memory.ts";

/** What a person is told about an end beyond its reason; null when the reason says it all. */
export function messageOf(exit: ExitRecord, limits: readonly AppliedLimit[]): string | null {
  const error = exit.exec_error;
  if (error !== null) {
    if (error.stage === "chdir")
      return `the working directory could not be entered (${error.name})`;
    if (error.stage === "exec" && error.name === "ENOENT") {
      return "the program, or what its first line names, was not found; check its spelling, and where it has no slash the PATH that the job was given";
    }
    if (error.stage === "exec" && error.name === "EACCES")
      return "the program may not be executed; chmod +x makes it executable";
    if (error.stage === "exec" && error.name === "E2BIG")
      return "command and environment are longer than the kernel accepts";
    return `the program could not be started: ${error.stage} ${error.name}`;
  }
  if (exit.reason === "memory") return guardWords(limits);
  const outOfMemory = outOfMemoryWords(exit, limits);
  if (outOfMemory !== null) return outOfMemory;
  if (exit.reason === "exited" && exit.leftovers > 0) {
    return `its main process left ${exit.leftovers} ${exit.leftovers === 1 ? "process" : "processes"} behind; they were stopped`;
  }
  return null;
}

function guardWords(limits: readonly AppliedLimit[]): string | null {
  const limit = limits.find(({ what }) => what === "memory");
  return typeof limit?.wanted === "number"
    ? `stopped: its processes together held more than ${formatSize(limit.wanted)} when the keeper looked`
    : null;
}
