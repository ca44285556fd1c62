import type { Socket } from "node:net";
import { constants } from "node:os";

/** What the kernel recorded about the process at the other end of a Unix socket when it connected or listened. */
export interface PeerCredentials {
  /** Null: it lives in a PID namespace that this process cannot see. */
  pid: number | null;
  /** Effective. 65534 (`overflowuid`) also stands for a user that this user namespace does not know. */
  uid: number;
  gid: number;
}

// From <asm-generic/socket.h>; the same on x86-64 and arm64.
const solSocket = 1;
const soPeerCred = 17;
const soPeerPidfd = 77;
// struct ucred: pid, uid, gid.
const ucredBytes = 12;

type GetSockOpt = (
  fd: number,
  level: number,
  option: number,
  value: Buffer,
  length: [number],
) => number;

interface Calls {
  /** Node's own does not know of the descriptor and warns, in a thread. */
  close: (fd: number) => number;
  getSockOpt: GetSockOpt;
  /** Of the last call. */
  errno: () => number;
}

export interface OpenPeer {
  pidfd: number;
  close: () => void;
}

let loading: Promise<Calls | null> | null = null;

/**
 * `SO_PEERCRED` of a connected Unix socket: from the kernel, so the peer cannot forge it. Null: not
 * Linux, no Unix socket, or already closed. The first call loads libc, which takes about 8 ms; the
 * others take 50 µs.
 */
export async function readPeerCredentials(socket: Socket): Promise<PeerCredentials | null> {
  const calls = await (loading ??= loadCalls());
  // After the await: the socket may have been closed, and its number given to another file.
  const fd = descriptorOf(socket);
  if (calls === null || fd === null) return null;
  const value = Buffer.alloc(ucredBytes);
  const length: [number] = [ucredBytes];
  if (calls.getSockOpt(fd, solSocket, soPeerCred, value, length) !== 0 || length[0] !== ucredBytes)
    return null;
  const pid = value.readInt32LE(0);
  const uid = value.readUInt32LE(4);
  // Not a Unix socket: the kernel answers pid 0 and uid -1.
  if (uid === 0xffff_ffff) return null;
  return { pid: pid > 0 ? pid : null, uid, gid: value.readUInt32LE(8) };
}

/**
 * A pidfd of the process that connected or listened (`SO_PEERPIDFD`, Linux 6.5), which `close` closes.
 * "gone": that process has been reaped, or the socket is closed.
 */
export async function openPeer(socket: Socket): Promise<OpenPeer | "gone" | "unsupported"> {
  const calls = await (loading ??= loadCalls());
  const fd = descriptorOf(socket);
  if (calls === null) return "unsupported";
  if (fd === null) return "gone";
  const value = Buffer.alloc(4);
  if (calls.getSockOpt(fd, solSocket, soPeerPidfd, value, [value.length]) === 0) {
    const pidfd = value.readInt32LE(0);
    return { pidfd, close: () => void calls.close(pidfd) };
  }
  return calls.errno() === constants.errno.ENOPROTOOPT ? "unsupported" : "gone";
}

async function loadCalls(): Promise<Calls | null> {
  if (process.platform !== "linux") return null;
  try {
    const { default: koffi } = await import("koffi");
    const types = ["int", "int", "int", "_Out_ uint8_t *", "_Inout_ uint32_t *"];
    const libc = koffi.load(null);
    return {
      getSockOpt: libc.func("getsockopt", "int", types),
      close: libc.func("close", "int", ["int"]),
      errno: () => koffi.errno(),
    };
  } catch {
    return null; // no binary for this machine
  }
}

/** Node has no public way to a socket's descriptor. Null: it is closed. */
function descriptorOf(socket: Socket): number | null {
  const { _handle: handle } = socket as unknown as { _handle: { fd?: number } | null };
  const fd = handle?.fd;
  return fd === undefined || fd < 0 ? null : fd;
}
