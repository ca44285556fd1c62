import type { Reason } from "./reasons.ts";

/**
 * A request to stop a job. Its meaning is defined here and in PROTOCOL.md ("Stop requests"); only the
 * keeper decides, on its own monotonic clock.
 *
 * - The first reason stays.
 * - KILL comes `graceMs` after the keeper hears the request (of the first one: after the first
 *   signal). Of several requests the earliest KILL counts.
 * - With `prolong` KILL moves to `graceMs` from then on, also to a later moment, unless KILL was sent
 *   or the stop cannot be prolonged. A person who names a grace prolongs; repeating a request
 *   without one does not.
 *
 * The server passes each request on and keeps it for the receipt. It computes no deadline.
 */
export interface StopRequest {
  /** Of its attempt, from 1: the keeper ignores those that it has heard. 0: no attempt was there. */
  number: number;
  reason: Reason;
  graceMs: number;
  prolong: boolean;
  /** Wall clock, for the record. */
  atMs: number;
  /** Null: the server itself, or not known. */
  client: RequestingClient | null;
  /** Fields that are not what was recorded; their values here are careful ones. Absent: none. */
  damaged?: string[];
}

/** The process at the other end of the server's socket. Pid and uid are from the kernel, the rest from `/proc`. */
export interface RequestingClient {
  uid: number;
  /** Null: of a PID namespace that the server cannot see. */
  pid: number | null;
  /** Null: it had ended. */
  command: string | null;
  /** What had started it. */
  parent: { pid: number; command: string } | null;
  /** The name that it gives itself: not evidence. */
  says: string | null;
}

/** The requests to pass to a keeper, in order. Null: a keeper that knows no numbers gets all. */
export function notHeard(
  requests: readonly StopRequest[],
  heard: number | null,
): readonly StopRequest[] {
  return heard === null ? requests : requests.filter(({ number }) => number > heard);
}
