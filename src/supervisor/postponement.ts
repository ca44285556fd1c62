import type { Waiting } from "../contract/job.ts";
import { isStorageFull } from "../store/database.ts";
import type { Context } from "./context.ts";

/** What the machine has too little of now, and may have again in a moment. */
const passingCodes = new Set([
  "ENOSPC",
  "EDQUOT",
  "EAGAIN",
  "ENOMEM",
  "EMFILE",
  "ENFILE",
  "ENOBUFS",
  "ESTALE",
]);

/** Whether a job should wait for it rather than fail. */
export function isPassing(code: string): boolean {
  return passingCodes.has(code);
}

/** Why a job that could not be launched now waits, for people. */
export function postponement({ config, log }: Context, error: unknown): Waiting {
  if (isStorageFull(error)) {
    return {
      code: "storage",
      message: "the disk with the state folder is full",
      hint: `free space on ${config.paths.stateDir}; it is tried again by itself`,
    };
  }
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ESTALE") {
    return {
      code: "machine",
      message: "its control group was lost before it started, and another one is made",
      hint: "it is tried again by itself",
    };
  }
  if (code !== undefined && isPassing(code)) {
    return {
      code: "machine",
      message: `the machine has no room for another process or file now (${code})`,
      hint: "it is tried again by itself",
    };
  }
  log.error({ err: error }, "launch");
  return { code: "defect", message: String(error), hint: "holdfast server logs" };
}
