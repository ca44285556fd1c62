import type { Socket } from "node:net";

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
// struct ucred: pid, uid, gid.
const ucredBytes = 12;

type GetSockOpt = (
  fd: number,
  level: number,
  option: number,
  value: Buffer,
  length: [number],
) => number;

let loading: Promise<GetSockOpt | null> | null = null;

/**
 * `SO_PEERCRED` of a connected Unix socket: from the kernel, so the peer cannot forge it. Null: not
 * Linux, no Unix socket, or already closed. The first call loads libc, which takes about 8 ms; the
 * others take 50 µs.
 */
export async function readPeerCredentials(socket: Socket): Promise<PeerCredentials | null> {
  const getSockOpt = await (loading ??= loadGetSockOpt());
  // After the await: the socket may have been closed, and its number given to another file.
  const fd = descriptorOf(socket);
  if (getSockOpt === null || fd === null) return null;
  const value = Buffer.alloc(ucredBytes);
  const length: [number] = [ucredBytes];
  if (getSockOpt(fd, solSocket, soPeerCred, value, length) !== 0 || length[0] !== ucredBytes)
    return null;
  const pid = value.readInt32LE(0);
  const uid = value.readUInt32LE(4);
  // Not a Unix socket: the kernel answers pid 0 and uid -1.
  if (uid === 0xffff_ffff) return null;
  return { pid: pid > 0 ? pid : null, uid, gid: value.readUInt32LE(8) };
}

async function loadGetSockOpt(): Promise<GetSockOpt | null> {
  if (process.platform !== "linux") return null;
  try {
    const { default: koffi } = await import("koffi");
    const types = ["int", "int", "int", "_Out_ uint8_t *", "_Inout_ uint32_t *"];
    return koffi.load(null).func("getsockopt", "int", types);
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
