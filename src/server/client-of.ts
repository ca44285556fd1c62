import type { Context } from "hono";
import { onBehalfOf } from "../contract/on-behalf-of.ts";
import type { RequestingClient } from "../job/stop-request.ts";
import { requestingClient } from "../processes/requesting-client.ts";
import type { AppEnv, ServerParts } from "./parts.ts";

/** The process that made a request: for the record, no permission depends on it. */
export function clientOf(
  c: Context<AppEnv>,
  isCommandHost: ServerParts["isCommandHost"],
): Promise<RequestingClient | null> {
  const { socket } = c.env.incoming;
  return requestingClient(socket, c.req.header("user-agent"), {
    isHost: isCommandHost ?? (() => false),
    for: c.req.header(onBehalfOf),
  });
}
