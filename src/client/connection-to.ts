import type { Paths } from "../config/paths.ts";
import { recordedSocket } from "../config/server-address.ts";
import type { Clock } from "../system/clock.ts";
import type { Connection } from "./http.ts";
import type { Awaited } from "./patience.ts";

/** To the server of a state folder, wherever that one listens at the time of each request. */
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
