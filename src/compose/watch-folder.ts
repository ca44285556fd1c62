import type { Clock } from "../system/clock.ts";
import type { FileInPlace } from "../system/file-in-place.ts";

const intervalMs = 5000;

export interface WatchedFolder {
  database: Pick<FileInPlace, "state">;
  socket: Pick<FileInPlace, "state">;
  clock: Clock;
  /** Once, with what happened to the database. */
  onGone: (place: string) => void;
  /** The socket is gone as well: no client can reach this server. */
  onUnreachable: () => void;
}

/**
 * Without its state folder a server is useful as long as a client can reach it. With its socket gone
 * as well it ends: the jobs continue under their keepers, and the next server reports them.
 */
export function watchFolder(watched: WatchedFolder): void {
  const { database, socket, clock, onGone, onUnreachable } = watched;
  let isReported = false;
  const sample = () => {
    const place = database.state();
    if (place !== "in place") {
      if (!isReported) onGone(place);
      isReported = true;
      if (socket.state() !== "in place") return onUnreachable();
    }
    clock.after(intervalMs, sample);
  };
  clock.after(intervalMs, sample);
}
