import type { ExitRecord, KeeperStatus } from "../../contract/keeper.ts";
import type { Pauses } from "../../contract/pauses.ts";

type Reported = Pick<ExitRecord | KeeperStatus, "paused_ms" | "pauses" | "pauses_omitted">;

/** As its keeper has them; null: it is of a version that does not report them while it runs. */
export function pausesOf(reported: Reported, complete = true): Pauses | null {
  const { paused_ms: totalMs, pauses: listed, pauses_omitted: omitted = 0 } = reported;
  if (totalMs === undefined) return null;
  const list = (listed ?? []).map((one) => ({
    askedAtMs: one.asked_ms,
    frozenAtMs: one.frozen_ms,
    endedAtMs: one.ended_ms,
    end: one.end,
  }));
  const count = listed === undefined && totalMs > 0 ? null : list.length + omitted;
  return { count, totalMs, list, complete };
}
