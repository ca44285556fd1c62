import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { Socket } from "node:net";
import type { RequestingClient } from "../job/stop-request.ts";
import { readPeerCredentials } from "../system/peer-credentials.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import { isGone, isHidden, visibleStat } from "./proc-stat.ts";

/** Their first argument that is not an option names the program. */
const interpreters = /^(?:node|python[\d.]*|perl|ruby|bash|dash|sh|zsh)$/;
const longestSaid = 100;
/** Such a read takes a tenth of a millisecond. */
const longestWaitMs = 1000;

/**
 * The process that made a request over the server's socket. Names of programs only: arguments may be
 * secrets. Null: the kernel does not say.
 */
export async function requestingClient(
  socket: Socket,
  userAgent: string | undefined,
): Promise<RequestingClient | null> {
  const peer = await readPeerCredentials(socket);
  if (peer === null) return null;
  const { uid, pid } = peer;
  const says = userAgent === undefined ? null : userAgent.slice(0, longestSaid);
  const unknown = { uid, pid, command: null, parent: null, says };
  if (pid === null) return unknown;
  const stat = visibleStat(pid);
  const command = stat === null ? null : await programOf(pid, stat.comm);
  const parentStat = stat === null || stat.ppid === 0 ? null : visibleStat(stat.ppid);
  const parent =
    parentStat === null
      ? null
      : { pid: parentStat.pid, command: await programOf(parentStat.pid, parentStat.comm) };
  // It had the pid when it connected. While its connection is open it still has.
  if (socket.destroyed || socket.readableEnded) return unknown;
  return { uid, pid, command, parent, says };
}

/** `node cli.cjs`, `curl`; the kernel's name where the arguments cannot be read. */
async function programOf(pid: number, comm: string): Promise<string> {
  const [first = "", ...rest] = await argumentsSoon(pid);
  const program = basename(first);
  if (program === "") return comm;
  if (!interpreters.test(program)) return program;
  const script = rest.find((word) => word !== "" && !word.startsWith("-"));
  // After -c or -e it is not a file's name but the program itself.
  const inline = rest.some((word) => /^-\w*[ce]$/.test(word));
  return script === undefined || inline ? program : `${program} ${basename(script)}`;
}

/**
 * Arguments are read from the memory of a process: where the kernel holds that, the read does not
 * return, and neither a stop nor another request waits for it. Empty then.
 */
const argumentsSoon = oneAtATime(readCommandLine, () => AbortSignal.timeout(longestWaitMs), []);

async function readCommandLine(pid: number): Promise<string[]> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0");
  } catch (error) {
    if (isGone(error) || isHidden(error)) return [];
    throw error;
  }
}
