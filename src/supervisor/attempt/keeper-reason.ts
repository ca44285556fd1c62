import type { ExitRecord } from "../../contract/keeper.ts";
import { isReason, type Reason } from "../../job/reasons.ts";
import type { StopRequest } from "../../job/stop-request.ts";

/** What a keeper calls it when it got SIGTERM or SIGINT. Who sent it, and why, it does not know. */
const ofSignal = "shutdown";

export interface Circumstances {
  /** The first request to this server; null: there was none. */
  request: Pick<StopRequest, "reason" | "atMs"> | null;
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
  { request, sameBoot, goingDown }: Circumstances,
): Reason {
  if (reason !== ofSignal) return reasonOf(reason);
  if (request !== null && request.atMs <= (times.stop_ms ?? request.atMs)) return request.reason;
  return sameBoot && !goingDown ? "keeper_terminated" : "shutdown";
}

/** While it lasts: nothing has gone down yet. */
export function reasonOfRunningStop(word: string | null, requested: Reason | null): Reason {
  if (word !== ofSignal) return reasonOf(word);
  return requested ?? "keeper_terminated";
}

/** A keeper may be told reasons that this version does not know: they are somebody's wish to stop. */
export function reasonOf(word: string | null): Reason {
  if (word === null) return "exited";
  return isReason(word) ? word : "cancel";
}
