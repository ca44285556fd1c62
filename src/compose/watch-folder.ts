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
  /** The socket alone is gone, for as long as it stays so. The next sample is after this. */
  onSocketGone: () => Promise<void>;
  /** Once, with the error of a sample that could not be taken. Nothing is concluded from such a sample. */
  onUnknown: (error: unknown) => void;
}

/**
 * Without its state folder a server is useful as long as a client can reach it. With its socket gone
 * as well it ends: the jobs continue under their keepers, and the next server reports them. A socket that
 * is gone alone, for example with a runtime folder in /tmp that was cleaned, is put back.
 */
export function watchFolder(watched: WatchedFolder): void {
  const { database, socket, clock, onGone, onUnreachable, onSocketGone, onUnknown } = watched;
  let isReported = false;
  let wasGone = false;
  let isUnknownReported = false;
  /** False: nothing is left to watch. */
  const judge = async (): Promise<boolean> => {
    const place = database.state();
    const isSocketGone = socket.state() !== "in place";
    if (place !== "in place") {
      if (!isReported) onGone(place);
      isReported = true;
      if (isSocketGone) {
        onUnreachable();
        return false;
      }
    } else if (isSocketGone && wasGone) await onSocketGone();
    // Not at the first sample: while the whole state folder is being removed, its socket may go first.
    wasGone = isSocketGone;
    return true;
  };
  const sample = async () => {
    try {
      if (!(await judge())) return;
    } catch (error) {
      if (!isUnknownReported) onUnknown(error);
      isUnknownReported = true;
    }
    clock.after(intervalMs, () => void sample());
  };
  clock.after(intervalMs, () => void sample());
}
