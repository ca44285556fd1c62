import type { Paths } from "../config/paths.ts";
import { recordedSocket } from "../config/server-address.ts";
import type { Clock } from "../system/clock.ts";
import type { Connection } from "./http.ts";
import type { Awaited } from "./stall-timeout.ts";

/** A connection to the server of a state folder; its socket is looked up for each request. */
export function connectionTo(
  { addressFile, socket }: Paths,
  clock: Clock,
  awaited: Awaited = {},
): Connection {
  return {
    ...awaited,
    get socket() {
      return recordedSocket(addressFile) ?? socket;
    },
    clock,
  };
}
