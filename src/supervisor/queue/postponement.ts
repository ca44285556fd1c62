import { isStorageFull } from "../../store/sqlite-errors.ts";
import type { Context } from "../context.ts";
import type { Postponement } from "./queue-control.ts";

/** A resource that the machine lacks now and may have again in a moment. */
const passingCodes = new Set([
  "ENOSPC",
  "EDQUOT",
  "EAGAIN",
  "ENOMEM",
  "EMFILE",
  "ENFILE",
  "ENOBUFS",
  "ESTALE",
  "ETIMEDOUT",
]);

/** Whether a job should wait for it rather than fail. */
export function isPassing(code: string): boolean {
  return passingCodes.has(code);
}

export function postponement(
  { config, log }: Pick<Context, "config" | "log">,
  error: unknown,
): Postponement {
  if (isStorageFull(error)) {
    const waiting = {
      code: "storage",
      message: "the disk with the state folder is full",
      hint: `free space on ${config.paths.stateDir}; the launch is retried automatically`,
    };
    return { waiting, concernsAll: true };
  }
  const hint = "the launch is retried automatically";
  const { code, message: cause } = error as { code?: string; message?: string };
  if (code === "ESTALE") {
    const message = "its control group was lost before it started, and another one is made";
    return { waiting: { code: "machine", message, hint }, concernsAll: false };
  }
  if (code === "ETIMEDOUT") {
    const message = `something did not answer in time (${cause ?? code})`;
    return { waiting: { code: "machine", message, hint }, concernsAll: false };
  }
  if (code !== undefined && isPassing(code)) {
    const message = `the machine has no room for another process or file now (${code})`;
    return { waiting: { code: "machine", message, hint }, concernsAll: true };
  }
  log.error({ err: error }, "launch");
  const waiting = { code: "defect", message: String(error), hint: "holdfast server logs" };
  return { waiting, concernsAll: false };
}
