import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import type { PidNamespace } from "../contract/keeper.ts";
import { bootId } from "./boot.ts";
import { inFirstPidNamespace, pidsInNamespaces } from "./pids-in-namespaces.ts";
import { isGone, readStat } from "./proc-stat.ts";

/**
 * The PID namespace in which a record's pids are valid. The kernel reuses a namespace's number when
 * the namespace has ended, so the start time of its process 1 is part of the name. Start times are
 * shifted in a time namespace with an offset, so the offset is another part.
 */

let known: { namespace: PidNamespace | null } | null = null;

/** That of this process; null if the kernel does not say, as in some sandboxes. */
export function ownPidNamespace(): PidNamespace | null {
  known ??= { namespace: readOwn() };
  return known.namespace;
}

function readOwn(): PidNamespace | null {
  try {
    return {
      inode: statSync("/proc/self/ns/pid").ino,
      init: initStart(),
      offset: bootOffset(),
      cgroups: ownCgroupNamespace(),
    };
  } catch {
    return null;
  }
}

/** Null if the kernel does not say. */
export function ownCgroupNamespace(): number | null {
  try {
    return statSync("/proc/self/ns/cgroup").ino;
  } catch {
    return null;
  }
}

/** Null under `hidepid`. */
function initStart(): number | null {
  try {
    return readStat(1)?.start ?? null;
  } catch {
    return null;
  }
}

/** Seconds by which start times are shifted here; 0 before Linux 5.6, which has no time namespaces. */
function bootOffset(): string {
  try {
    const text = readFileSync("/proc/self/timens_offsets", "latin1");
    const [, seconds = "0", nanoseconds = "0"] = /^boottime\s+(-?\d+)\s+(\d+)/m.exec(text) ?? [];
    return nanoseconds === "0" ? seconds : `${seconds}.${nanoseconds.padStart(9, "0")}`;
  } catch {
    return "0";
  }
}

/**
 * Whether the pids of a record can be judged here. `elsewhere`: they are another namespace's, which
 * may be alive. `ended`: the namespace has ended, and the kernel ends every process of a namespace
 * with it. `restarted`: the machine has.
 */
export type Sight = "here" | "elsewhere" | "ended" | "restarted";

export interface Recorded {
  bootId: string;
  /** Null: recorded by a version that did not record it, or where the kernel did not say. */
  namespace: PidNamespace | null;
}

export interface Viewpoint extends Recorded {
  /** Whether no process of that namespace exists; null if not every process can be asked. */
  isEmpty: (inode: number) => boolean | null;
}

export function sightOf(recorded: Recorded, from: Viewpoint = ownViewpoint()): Sight {
  const judged = judge(recorded, from);
  if (typeof judged === "string") return judged;
  return from.isEmpty(judged.inode) === true ? "ended" : "elsewhere";
}

/** The same, where the processes of another namespace are searched for by `isEmpty`, which takes its time. */
export async function sightBy(
  recorded: Recorded,
  isEmpty: (inode: number) => Promise<boolean | null>,
): Promise<Sight> {
  const judged = judge(recorded, ownPlace());
  if (typeof judged === "string") return judged;
  return (await isEmpty(judged.inode)) === true ? "ended" : "elsewhere";
}

/** Whether the pids of a record are valid here. Reads nothing of other processes. */
export function isHere(recorded: Recorded): boolean {
  return judge(recorded, ownPlace()) === "here";
}

/** An object: it depends on whether a process of that other namespace exists. */
function judge(recorded: Recorded, from: Recorded): Sight | { inode: number } {
  if (recorded.bootId !== from.bootId) return "restarted";
  const { namespace: there } = recorded;
  const { namespace: here } = from;
  if (there === null || here === null) return "here";
  if (there.inode !== here.inode) return { inode: there.inode };
  // A claim has only the number.
  if (there.offset !== null && there.offset !== here.offset) return "elsewhere";
  const differ = there.init !== null && here.init !== null && there.init !== here.init;
  return differ ? "ended" : "here";
}

function ownPlace(): Recorded {
  return { bootId: bootId(), namespace: ownPidNamespace() };
}

function ownViewpoint(): Viewpoint {
  return { ...ownPlace(), isEmpty: isEmptyNamespace };
}

/** A process of it that was found: while that process is there, no other has to be checked. */
const members = new Map<number, string>();

/**
 * Whether no process of it exists: a search of the machine. Only in the initial namespace is an absence proof:
 * everywhere else there are processes that cannot be seen.
 */
export function isEmptyNamespace(inode: number): boolean | null {
  if (inFirstPidNamespace() !== true) return null;
  const before = members.get(inode);
  if (before !== undefined && namespaceOf(before) === inode) return false;
  let denied = false;
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const found = namespaceOf(name);
    if (found === "denied") denied = true;
    if (found !== inode) continue;
    members.set(inode, name);
    return false;
  }
  members.delete(inode);
  return denied ? null : true;
}

/** A process that shows that the namespace lives; null: none is visible from here, which proves nothing. */
export function processInNamespace(inode: number): number | null {
  const found = readdirSync("/proc").find(
    (name) => /^\d+$/.test(name) && namespaceOf(name) === inode,
  );
  return found === undefined ? null : Number(found);
}

/** Null: the process is gone, or in the initial namespace: there it has one pid, which everyone may read. */
function namespaceOf(pid: string): number | "denied" | null {
  try {
    return Number(/^pid:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/ns/pid`))?.[1] ?? Number.NaN);
  } catch (error) {
    return isGone(error) || pidsInNamespaces(pid)?.length === 1 ? null : "denied";
  }
}

/**
 * Why the pids that /proc shows are not this process's own; null: they are. So it is after
 * `unshare --pid` without `--mount-proc`: a pid read there would name another process in a signal.
 */
export function foreignProc(): string | null {
  if (!existsSync("/proc/self/status")) return "/proc does not show this process";
  const pids = pidsInNamespaces("self");
  if (pids === null || (pids.length === 1 && pids[0] === process.pid)) return null;
  return `/proc belongs to another PID namespace, in which this process has the pid ${pids[0]}`;
}
