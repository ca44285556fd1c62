import type { Paths } from "../config/paths.ts";
import { recordedSocket } from "../config/server-address.ts";
import type { Clock } from "../system/clock.ts";
import type { Connection } from "./http.ts";

/** A connection to the server of a state folder; its socket is looked up for each request. */
export function connectionTo(
  { addressFile, socket }: Paths,
  clock: Clock,
  rest: Omit<Connection, "socket" | "clock"> = {},
): Connection {
  return {
    ...rest,
    get socket() {
      return recordedSocket(addressFile) ?? socket;
    },
    clock,
  };
}
