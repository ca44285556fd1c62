import { chmodSync, rmSync } from "node:fs";
import type { Server } from "node:net";
import { socketAddress } from "./socket-address.ts";

/** Listens on a socket at `path` that only this user can reach. Replaces what is there. */
export async function listenPrivately(server: Server, path: string): Promise<void> {
  rmSync(path, { force: true });
  const address = socketAddress(path);
  server.once("close", () => address.release());
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen({ path: address.path, backlog: 1024 }, () => {
    server.off("error", reject);
    resolve();
  });
  await promise;
  chmodSync(path, 0o600);
}
