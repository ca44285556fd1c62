import type { ExitRecord } from "../contract/keeper.ts";
import { isReason, type Reason } from "../job/reasons.ts";
import type { StopWish } from "../store/rows.ts";

/** What a keeper calls it when it got SIGTERM or SIGINT. Who sent it, and why, it does not know. */
const ofSignal = "shutdown";

export interface Circumstances {
  /** What was requested of this server; null: nothing. */
  wish: StopWish | null;
  /** Whether the machine, or the PID namespace, that the attempt ran in is still the one that runs. */
  sameBoot: boolean;
  /** Whether systemd is stopping everything at this moment. */
  goingDown: boolean;
}

/**
 * Why an attempt was stopped, by its keeper's record. That the machine was shut down is only said where
 * it goes down or has gone down: anybody can send a keeper SIGTERM, and so does this server to one that
 * it cannot reach otherwise.
 */
export function reasonOfStop(
  { reason, times }: Pick<ExitRecord, "reason" | "times">,
  { wish, sameBoot, goingDown }: Circumstances,
): Reason {
  if (reason !== ofSignal) return reasonOf(reason);
  if (wish !== null && wish.atMs <= (times.stop_ms ?? wish.atMs)) return wish.reason;
  return sameBoot && !goingDown ? "keeper_terminated" : "shutdown";
}

/** While it lasts: nothing has gone down yet. */
export function reasonOfRunningStop(word: string | null, wish: StopWish | null): Reason {
  if (word !== ofSignal) return reasonOf(word);
  return wish?.reason ?? "keeper_terminated";
}

/** A keeper may be told reasons that this version does not know: they are somebody's wish to stop. */
export function reasonOf(word: string | null): Reason {
  if (word === null) return "exited";
  return isReason(word) ? word : "cancel";
}
