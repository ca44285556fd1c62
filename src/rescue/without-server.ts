import { heldByAnother } from "../client/lock-owner.ts";
import type { Paths } from "../config/paths.ts";
import { ServerLock } from "../store/server-lock.ts";

/** Does something to the database while no server can. Throws RefusalError `server_already_running`. */
export async function withoutServer<T>(paths: Paths, action: () => Promise<T>): Promise<T> {
  const lock = ServerLock.take(paths.lockFile);
  if (lock === null) throw heldByAnother(paths);
  try {
    return await action();
  } finally {
    lock.release();
  }
}
