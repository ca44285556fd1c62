import { join } from "node:path";
import { root } from "../harness/places.ts";
import { Server } from "../harness/server.ts";
import type { Peer } from "./peer.ts";

const launcher = join(root, "holdfast");

/** Holdfast as the peers are measured: by its command. */
export async function openHoldfast(slots: number, mark: NodeJS.ProcessEnv): Promise<Peer> {
  const server = await Server.start({ ...mark, HOLDFAST_JOBS_MAX_RUNNING: String(slots) });
  return {
    name: "Holdfast",
    env: server.env,
    submit: (job) => [launcher, "submit", "--", ...job],
    cancel: (id) => [launcher, "cancel", "--grace", "2s", id],
    close: () => server.stop(),
  };
}
