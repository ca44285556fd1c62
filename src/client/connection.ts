import type { Clock } from "../system/clock.ts";
import type { Awaited } from "./stall-timeout.ts";

/**
 * Without `progress` an answer is awaited for 30 s. That is for a server that has to end: if it works without
 * ever answering, it is then ended by its process (server stop), so the limit is a decision there, not a failure.
 */
export interface Connection extends Awaited {
  /** Absolute. */
  socket: string;
  clock: Clock;
  /** The user whose server must answer. Default: the user of this process. */
  owner?: number;
  /** Sent with each request. */
  headers?: Readonly<Record<string, string>>;
  /** Aborting ends each request and refuses further ones. */
  signal?: AbortSignal;
}
