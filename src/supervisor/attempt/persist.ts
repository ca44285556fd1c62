import { isStorageFull } from "../../store/sqlite-errors.ts";
import { pause } from "../../system/clock.ts";
import type { Context } from "../context.ts";

export type PersistParts = Pick<Context, "clock" | "log" | "refusedRecords">;

const firstBackoffMs = 10;
const longestBackoffMs = 2000;

/**
 * Does a write again and again until the disk takes it. For what has been observed already and
 * must not be forgotten: that the disk is full does not undo it.
 */
export async function persist<T>(
  { clock, log, refusedRecords }: PersistParts,
  job: number,
  write: () => Promise<T>,
): Promise<T> {
  for (let backoffMs = firstBackoffMs; ; backoffMs = Math.min(backoffMs * 2, longestBackoffMs)) {
    try {
      return await write();
    } catch (error) {
      if (isStorageFull(error)) refusedRecords.note(job, clock.nowMs());
      log.error({ err: error, job }, "recording what was observed; it is tried again");
      await pause(clock, backoffMs);
    }
  }
}
