import type { AbandonedAttempt } from "../containment/abandoned.ts";
import type { Image } from "./image.ts";
import type { AttemptTie, GpuShare, Holdings, Observed, Scene } from "./scene.ts";

/** A process of a test. The defaults are those of an old, idle process of user 1000. */
export interface FakeProcess {
  pid: number;
  ppid?: number;
  session?: number;
  processGroup?: number;
  start?: number;
  state?: string;
  comm?: string;
  command?: readonly string[];
  environment?: Readonly<Record<string, string>>;
  uid?: number;
  cpuPercent?: number;
  /** Default: `cpuPercent`. */
  demandPercent?: number;
  ageMs?: number;
  cgroup?: string;
  gpuDevices?: string[];
  gpuMemory?: GpuShare[];
  ports?: number[];
  sharedMemory?: string[];
  /** The exec that it descends from, and whether an ancestor executed it. */
  image?: Image | null;
  tie?: AttemptTie;
  abandoned?: AbandonedAttempt;
  ignoresHangup?: boolean;
  /** Its pids in PID namespaces below this one, outermost first. */
  inner?: readonly number[];
  /** Its own PID namespace, if readable. */
  namespace?: string;
}

const dayMs = 86_400_000;
const noHoldings: Holdings = {
  residentBytes: 4096,
  gpuDevices: [],
  gpuMemory: [],
  ports: [],
  checkpoints: [],
  sharedMemory: [],
};

/**
 * A machine in memory, for tests: process 1 and the given processes. Unless given otherwise, each
 * is a child of process 1 and leads its own session and process group.
 */
export function fakeScene(...given: readonly FakeProcess[]): Scene {
  const all: FakeProcess[] = [{ pid: 1, ppid: 0, comm: "systemd", session: 1, uid: 0 }, ...given];
  const by = new Map(all.map((one) => [one.pid, one]));
  return {
    atMs: 1_790_000_000_000,
    windowMs: 1000,
    processes: new Map(all.map((one) => [one.pid, observed(one)])),
    ownPid: 999_999,
    cgroupOf: (pid) => by.get(pid)?.cgroup ?? "/user.slice",
    gpus: null,
    adopted: new Map(),
    holdingsOf: (pid) => ({
      ...noHoldings,
      gpuDevices: by.get(pid)?.gpuDevices ?? [],
      gpuMemory: by.get(pid)?.gpuMemory ?? [],
      ports: by.get(pid)?.ports ?? [],
      sharedMemory: by.get(pid)?.sharedMemory ?? [],
    }),
    imageOf: (pid) => by.get(pid)?.image ?? null,
    abandonedOf: (pid) => by.get(pid)?.abandoned ?? null,
    tieOf: (pid) => by.get(pid)?.tie ?? null,
    hidesProcesses: false,
    pidsInNamespaces: (pid) => [pid, ...(by.get(pid)?.inner ?? [])],
    pidNamespaceOf: (pid) => by.get(pid)?.namespace ?? null,
    ignoresHangup: (pid) => by.get(pid)?.ignoresHangup ?? false,
  };
}

function observed(given: FakeProcess): Observed {
  const { pid, ppid = 1, command = ["/usr/bin/program"], comm = "program" } = given;
  return {
    pid,
    comm,
    state: given.state ?? "S",
    ppid,
    processGroup: given.processGroup ?? given.session ?? pid,
    session: given.session ?? pid,
    threads: 1,
    start: given.start ?? pid,
    cpuTicks: 0,
    argStart: 0,
    uid: given.uid ?? 1000,
    argv: command,
    variable: (name) => given.environment?.[name] ?? null,
    cpuPercent: given.cpuPercent ?? 0,
    demandPercent: given.demandPercent ?? given.cpuPercent ?? 0,
    ageMs: given.ageMs ?? dayMs,
  };
}
