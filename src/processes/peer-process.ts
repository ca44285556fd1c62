import { statSync } from "node:fs";
import type { Socket } from "node:net";
import { openPeer, readPeerCredentials, type PeerCredentials } from "../system/peer-credentials.ts";
import { visibleStat, type ProcessStat } from "./proc-stat.ts";
import { readSmall } from "./small-file.ts";

export interface Peer extends PeerCredentials {
  /** Null: it has ended, or is not visible from here. */
  stat: ProcessStat | null;
}

/**
 * The process that connected. Its pid may be another process's by now, because a child can keep the
 * connection open: `stat` is read only while the kernel says that the process still has the pid. Null: the
 * kernel does not say which process connected.
 */
export async function peerProcess(socket: Socket, statOf = visibleStat): Promise<Peer | null> {
  const peer = await readPeerCredentials(socket);
  if (peer === null) return null;
  const { pid } = peer;
  return { ...peer, stat: pid === null ? null : await statWhileItHasIt(socket, peer, pid, statOf) };
}

async function statWhileItHasIt(
  socket: Socket,
  { uid }: PeerCredentials,
  pid: number,
  statOf: typeof visibleStat,
): Promise<ProcessStat | null> {
  const opened = await openPeer(socket);
  if (opened === "gone") return null;
  const stat = statOf(pid);
  // Before Linux 6.5 only the user can be compared, and that the connection has not ended.
  if (opened === "unsupported")
    return ownerOf(pid) === uid && !socket.destroyed && !socket.readableEnded ? stat : null;
  try {
    // -1: it has been reaped.
    const line = /^Pid:\t(-?\d+)$/m.exec(readSmall(`/proc/self/fdinfo/${opened.pidfd}`, "latin1"));
    return Number(line?.[1]) === pid ? stat : null;
  } finally {
    opened.close();
  }
}

function ownerOf(pid: number): number | null {
  return statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid ?? null;
}
