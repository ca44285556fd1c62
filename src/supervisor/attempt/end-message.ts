import type { ExitRecord } from "../../contract/keeper.ts";
import { formatSize } from "../../contract/units.ts";
import type { AppliedLimit } from "../../job/limits.ts";
import { execFailure } from "./exec-failure.ts";
import { outOfMemoryMessage } from "../receipt/out-of-memory.ts";

/**
 * What is reported about an end beyond its reason; null when the reason is enough. `command`:
 * what was to be executed, empty if that was the client of a container runtime.
 */
export function messageOf(
  exit: ExitRecord,
  limits: readonly AppliedLimit[],
  command: readonly string[],
): string | null {
  const error = exit.exec_error;
  if (error !== null) return execFailure(error, command);
  if (exit.reason === "memory") return guardMessage(limits);
  const outOfMemory = outOfMemoryMessage(exit, limits);
  if (outOfMemory !== null) return outOfMemory;
  if (exit.reason === "exited" && exit.leftovers > 0) {
    return `its main process left ${exit.leftovers} ${exit.leftovers === 1 ? "process" : "processes"} behind; they were stopped`;
  }
  return null;
}

function guardMessage(limits: readonly AppliedLimit[]): string | null {
  const limit = limits.find(({ what }) => what === "memory");
  return typeof limit?.wanted === "number"
    ? `stopped: its processes together held more than ${formatSize(limit.wanted)} when the keeper looked`
    : null;
}
