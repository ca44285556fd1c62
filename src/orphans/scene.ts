import type { AbandonedAttempt } from "../containment/abandoned.ts";
import type { GpuSnapshot } from "../gpu/snapshot.ts";
import type { Image } from "./image.ts";
import { isFinished, type ProcessStat } from "../processes/proc-stat.ts";

/** A process as found by one inspection of the machine. */
export interface Observed extends ProcessStat {
  uid: number;
  argv: readonly string[];
  /** A variable of its environment at the exec. Null: not set, or not readable by this user. */
  variable: (name: string) => string | null;
  /** Percent of one CPU, over the window. */
  cpuPercent: number;
  /** The same plus the time it waited for a CPU: what it would use on an idle machine. */
  demandPercent: number;
  ageMs: number;
}

/** What a process holds; read only for candidates. */
export interface Holdings {
  residentBytes: number | null;
  /** `/dev/nvidia0` */
  gpuDevices: string[];
  /** According to the probe; empty without one. */
  gpuMemory: GpuShare[];
  ports: number[];
  /** Names of model files that are open. */
  checkpoints: string[];
  /** Mapped files in /dev/shm and System V segments, including removed ones. */
  sharedMemory: string[];
}

/** What a process holds on one GPU. */
export interface GpuShare {
  index: number;
  uuid: string;
  /** Null: the driver does not report it. */
  bytes: number | null;
}

export function holdsGpu({ gpuDevices, gpuMemory }: Holdings): boolean {
  return gpuDevices.length > 0 || gpuMemory.length > 0;
}

/** Looks up an attempt in the records. Null: not found. */
export type FindAttempt = (attempt: string) => { job: number; ended: boolean } | null;

/** The evidence that a process belongs to an attempt. */
export interface AttemptTie {
  by: "cgroup" | "cookie";
  attempt: string;
  /** Null: it is not in this server's records. */
  job: number | null;
  ended: boolean;
}

/** One inspection of the machine. Expensive facts are read on demand, once. */
export interface Scene {
  atMs: number;
  windowMs: number;
  /** By pid, without kernel threads. */
  processes: ReadonlyMap<number, Observed>;
  /** Pid of the inspecting process. */
  ownPid: number;
  cgroupOf(pid: number): string | null;
  holdingsOf(pid: number): Holdings;
  /** Null: the kernel does not let this user see. */
  imageOf(pid: number): Image | null;
  tieOf(pid: number): AttemptTie | null;
  /** The attempt without a state folder that the process belongs to. */
  abandonedOf(pid: number): AbandonedAttempt | null;
  /** Jobs that adopted a process, by the identity of that process. Null: unknown. */
  adopted: ReadonlyMap<string, number> | null;
  /** The GPUs at this inspection. Null: without a probe. */
  gpus: GpuSnapshot | null;
  /** Whether `/proc` hides processes, so that a process missing here may be alive. */
  hidesProcesses: boolean;
  /** The pids of a process, from this PID namespace to its own. Null: unknown. */
  pidsInNamespaces(pid: number): readonly number[] | null;
  /** Null: the kernel does not let this user see. */
  pidNamespaceOf(pid: number): string | null;
  /** Whether it ignores SIGHUP, as under `nohup`. */
  ignoresHangup(pid: number): boolean;
}

export { isFinished };

/** Together with the boot id it identifies one process. */
export function identityKey({ pid, start }: { pid: number; start: number }): string {
  return `${pid}:${start}`;
}

export function describeCommand({ argv, comm }: Pick<Observed, "argv" | "comm">): string {
  return argv.length === 0 ? comm : argv.join(" ");
}

/**
 * The process and all below it, parents before children. If `enter` is false, a process and all
 * below it are left out.
 */
export function treeBelow(
  root: Observed,
  processes: ReadonlyMap<number, Observed>,
  enter: (process: Observed) => boolean,
): Observed[] {
  const children = childrenIn(processes);
  const found = [root];
  for (let index = 0; index < found.length; index += 1)
    for (const child of children.get(found[index]?.pid ?? 0) ?? [])
      if (!isFinished(child) && enter(child)) found.push(child);
  return found;
}

type Children = ReadonlyMap<number, readonly Observed[]>;

/** One table for all trees of an inspection. */
const childrenOf = new WeakMap<ReadonlyMap<number, Observed>, Children>();

function childrenIn(processes: ReadonlyMap<number, Observed>): Children {
  let found = childrenOf.get(processes);
  if (found === undefined) {
    found = Map.groupBy(processes.values(), ({ ppid }) => ppid);
    childrenOf.set(processes, found);
  }
  return found;
}

/** Ancestors, nearest first. */
export function ancestorsOf(
  process: Observed,
  processes: ReadonlyMap<number, Observed>,
): Observed[] {
  const found: Observed[] = [];
  let parent = processes.get(process.ppid);
  // The table is not a snapshot of one instant: a reused pid must not cause an endless loop.
  while (parent !== undefined && !found.includes(parent)) {
    found.push(parent);
    parent = processes.get(parent.ppid);
  }
  return found;
}
