import type { AbandonedAttempt } from "../containment/abandoned.ts";
import type { GpuSnapshot } from "../gpu/snapshot.ts";
import type { Image } from "./image.ts";
import { isFinished, type ProcessStat } from "../processes/proc-stat.ts";

/** A process as one look at the machine has found it. */
export interface Observed extends ProcessStat {
  uid: number;
  argv: readonly string[];
  /** Of its environment, as it was at the exec. Null: none, or the kernel does not let this user see. */
  variable: (name: string) => string | null;
  /** Of one CPU, over the window. */
  cpuPercent: number;
  /** The same with the time in which it waited for a CPU: what it would use on an idle machine. */
  demandPercent: number;
  ageMs: number;
}

/** What a process holds; read only for those that come into question. */
export interface Holdings {
  residentBytes: number | null;
  /** `/dev/nvidia0` */
  gpuDevices: string[];
  /** As the probe tells; empty where there is none. */
  gpuMemory: GpuShare[];
  ports: number[];
  /** Names of model files that are open. */
  checkpoints: string[];
  /** Files in /dev/shm and System V segments that are mapped, removed ones included. */
  sharedMemory: string[];
}

/** What a process has of one GPU. */
export interface GpuShare {
  index: number;
  uuid: string;
  /** Null: the driver does not say. */
  bytes: number | null;
}

export function holdsGpu({ gpuDevices, gpuMemory }: Holdings): boolean {
  return gpuDevices.length > 0 || gpuMemory.length > 0;
}

/** Looks an attempt up in the records. Null: they do not have it. */
export type FindAttempt = (attempt: string) => { job: number; ended: boolean } | null;

/** What ties a process to an attempt that the store knows. */
export interface AttemptTie {
  by: "cgroup" | "cookie";
  attempt: string;
  /** Null: this server's records do not have it. */
  job: number | null;
  ended: boolean;
}

/** One look at the machine. Facts that cost are read when they are asked for, once. */
export interface Scene {
  atMs: number;
  windowMs: number;
  /** By pid; kernel threads are not among them. */
  processes: ReadonlyMap<number, Observed>;
  /** Of the one who looks. */
  ownPid: number;
  cgroupOf(pid: number): string | null;
  holdingsOf(pid: number): Holdings;
  /** Null: the kernel does not let this user see. */
  imageOf(pid: number): Image | null;
  tieOf(pid: number): AttemptTie | null;
  /** Of an attempt whose state folder is gone. */
  abandonedOf(pid: number): AbandonedAttempt | null;
  /** Jobs that have adopted, by the identity of the adopted process. */
  adopted: ReadonlyMap<string, number>;
  /** What the machine's GPUs said at this look. Null: nobody asked them. */
  gpus: GpuSnapshot | null;
  /** Whether a process that is not here may be alive all the same: `/proc` hides some. */
  hidesProcesses: boolean;
  /** The numbers of a process, from this PID namespace to its own. Null: not known. */
  pidsInNamespaces(pid: number): readonly number[] | null;
  /** Null: the kernel does not let this user see. */
  pidNamespaceOf(pid: number): string | null;
  /** Whether it ignores SIGHUP, as `nohup` makes it. */
  ignoresHangup(pid: number): boolean;
}

export { isFinished };

/** With the boot it names one process and no other. */
export function identityKey({ pid, start }: { pid: number; start: number }): string {
  return `${pid}:${start}`;
}

export function commandWords({ argv, comm }: Pick<Observed, "argv" | "comm">): string {
  return argv.length === 0 ? comm : argv.join(" ");
}

/** The process and all below it, parents before children. `enter` false leaves out a process with all below it. */
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

/** One table for all trees of a look. */
const childrenOf = new WeakMap<ReadonlyMap<number, Observed>, Children>();

function childrenIn(processes: ReadonlyMap<number, Observed>): Children {
  let found = childrenOf.get(processes);
  if (found === undefined) {
    found = Map.groupBy(processes.values(), ({ ppid }) => ppid);
    childrenOf.set(processes, found);
  }
  return found;
}

/** Parents, the nearest first. */
export function ancestorsOf(
  process: Observed,
  processes: ReadonlyMap<number, Observed>,
): Observed[] {
  const found: Observed[] = [];
  let parent = processes.get(process.ppid);
  // The table is not of one instant: a pid given away meanwhile must not make this a circle.
  while (parent !== undefined && !found.includes(parent)) {
    found.push(parent);
    parent = processes.get(parent.ppid);
  }
  return found;
}
