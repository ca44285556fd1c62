import type { ExitRecord } from "../../contract/keeper.ts";
import { isReason, type Reason } from "../../job/reasons.ts";
import type { StopRequest } from "../../job/stop-request.ts";

/** The reason that a keeper records when it got SIGTERM or SIGINT. It knows neither the sender nor the cause. */
const ofSignal = "shutdown";

export interface Circumstances {
  /** The first request to this server; null: there was none. */
  request: Pick<StopRequest, "reason" | "atMs"> | null;
  /** Whether the machine's boot, or the PID namespace, that the attempt ran in still exists. */
  sameBoot: boolean;
  /** Whether systemd is stopping everything at this moment. */
  goingDown: boolean;
}

/**
 * Why an attempt was stopped, by its keeper's record. A shutdown of the machine is only reported if
 * it is going down or has gone down: other processes can send a keeper SIGTERM too, and this server
 * does so to a keeper that it cannot reach otherwise.
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

/** A keeper's record may contain a reason that this version does not know: it counts as a request to stop. */
export function reasonOf(word: string | null): Reason {
  if (word === null) return "exited";
  return isReason(word) ? word : "cancel";
}
