import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { Socket } from "node:net";
import type { RequestingClient } from "../job/stop-request.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import { peerProcess } from "./peer-process.ts";
import { isGone, isHidden, visibleStat, type ProcessStat } from "./proc-stat.ts";

/** Their first argument that is not an option names the program. */
const interpreters = /^(?:node|python[\d.]*|perl|ruby|bash|dash|sh|zsh)$/;
const longestSaid = 100;
/** Such a read takes a tenth of a millisecond. */
const longestWaitMs = 1000;

/** Which processes are command hosts, and the client for which a request says that it comes. */
interface CommandHost {
  isHost: (pid: number) => boolean;
  for: string | undefined;
}

/**
 * The process that made a request over the server's socket. Names of programs only: arguments may be
 * secrets. Null: the kernel does not say.
 */
export async function requestingClient(
  socket: Socket,
  userAgent: string | undefined,
  host: CommandHost = { isHost: () => false, for: undefined },
): Promise<RequestingClient | null> {
  const peer = await peerProcess(socket);
  if (peer === null) return null;
  const { uid } = peer;
  const says = userAgent === undefined ? null : userAgent.slice(0, longestSaid);
  // The kernel says which process sent it.
  if (peer.pid !== null && host.for !== undefined && host.isHost(peer.pid))
    return principal(uid, host.for, says);
  const { pid, stat } = peer;
  const unknown = { uid, pid, command: null, parent: null, says };
  if (pid === null || stat === null) return unknown;
  const seen = await programsOf(pid, stat);
  // Its arguments are its own only if it has the pid after they were read as well.
  return (await peerProcess(socket))?.stat?.start === stat.start
    ? { uid, pid, ...seen, says }
    : unknown;
}

/** `PID START`: a client of the host, which has the same user. Another process may have its pid by now. */
async function principal(
  uid: number,
  text: string,
  says: string | null,
): Promise<RequestingClient | null> {
  const [, pid, start] = /^(\d+) (\d+)$/.exec(text) ?? [];
  if (pid === undefined) return null;
  const stat = visibleStat(Number(pid));
  const same = stat !== null && stat.start === Number(start) ? stat : null;
  return { uid, pid: Number(pid), ...(await programsOf(Number(pid), same)), says };
}

async function programsOf(pid: number, stat: ProcessStat | null) {
  const command = stat === null ? null : await programOf(pid, stat.comm);
  const parentStat = stat === null || stat.ppid === 0 ? null : visibleStat(stat.ppid);
  const parent =
    parentStat === null
      ? null
      : { pid: parentStat.pid, command: await programOf(parentStat.pid, parentStat.comm) };
  return { command, parent };
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
