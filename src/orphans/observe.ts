import { abandonedIn } from "./abandoned-in.ts";
import { startedAtMs } from "../processes/live-details.ts";
import {
  hidesProcesses,
  pidNamespaceOf,
  pidsInNamespaces,
} from "../processes/pids-in-namespaces.ts";
import type { ProcessStat } from "../processes/proc-stat.ts";
import { listProcesses } from "../processes/process-table.ts";
import { pause, type Clock } from "../system/clock.ts";
import type { GpuProbe } from "../gpu/snapshot.ts";
import { cgroupPlaceOf } from "./cgroup-place.ts";
import { sharesOf } from "./gpu-memory.ts";
import { readImage } from "./image.ts";
import { readHoldings } from "./holdings.ts";
import { baselineOf, Memory, type Baseline, type ProgramFacts } from "./memory.ts";
import { isReaper } from "./parent.ts";
import { listeningPorts } from "../processes/listening-ports.ts";
import {
  readCgroup,
  readIgnoresHangup,
  readOwner,
  readVariable,
} from "../processes/read-process.ts";
import {
  identityKey,
  type AttemptTie,
  type Holdings,
  type Observed,
  type Scene,
  type FindAttempt,
} from "./scene.ts";

const kernelThreads = 2;

// CPU time over a longer period says little about the present.
const oldestBaselineMs = 90_000;

/**
 * Reads the process table; everything else is read on demand. CPU time is measured since the last
 * inspection in `memory` if that is at least `windowMs` old; otherwise the table is read twice,
 * `windowMs` apart.
 */
export async function observe(
  clock: Clock,
  windowMs: number,
  findAttempt: FindAttempt,
  memory: Memory = new Memory(),
  gpu: Pick<GpuProbe, "snapshot"> | null = null,
  adopted: Scene["adopted"] = new Map(),
): Promise<Scene> {
  const age = { leastMs: windowMs, mostMs: oldestBaselineMs };
  let before = memory.baseline(clock.monotonicMs(), age);
  if (before === null && windowMs > 0) {
    before = baselineOf(listProcesses(), clock.monotonicMs());
    await pause(clock, windowMs);
  }
  const gpus = (await gpu?.snapshot()) ?? null;
  const table = listProcesses();
  const now = baselineOf(table, clock.monotonicMs());
  memory.keep(now);
  const atMs = clock.nowMs();
  const processes = new Map<number, Observed>();
  for (const stat of table) {
    if (stat.pid === kernelThreads || stat.ppid === kernelThreads) continue;
    const cpuPercent = before === null ? 0 : cpuShare(stat, before, now.atMs);
    const waitPercent = before === null ? 0 : waitShare(stat, before, now);
    const use = { cpuPercent, demandPercent: cpuPercent + waitPercent };
    const ageMs = Math.max(0, Math.round(atMs - startedAtMs(stat.start)));
    processes.set(stat.pid, new Seen(stat, use, ageMs, memory, processes));
  }
  const ports = once(() => listeningPorts());
  const cgroupOf = remembered(readCgroup);
  const tie = remembered((pid) => {
    const cookie = (processes.get(pid) as Seen | undefined)?.facts.cookie ?? null;
    return tieOf(cgroupOf(pid), cookie, findAttempt);
  });
  return {
    atMs,
    windowMs: Math.round(now.atMs - (before?.atMs ?? now.atMs)),
    processes,
    ownPid: process.pid,
    cgroupOf,
    gpus,
    adopted,
    holdingsOf: remembered((pid): Holdings => {
      const found = processes.get(pid);
      const gpuMemory = found === undefined ? [] : sharesOf(found, gpus);
      return { ...readHoldings(pid, ports()), gpuMemory };
    }),
    imageOf: remembered((pid) => {
      const found = processes.get(pid);
      return found === undefined ? null : readImage(found);
    }),
    tieOf: tie,
    abandonedOf: abandonedIn(processes, tie, findAttempt),
    hidesProcesses: hidesProcesses(),
    pidsInNamespaces: remembered(pidsInNamespaces),
    pidNamespaceOf: remembered(pidNamespaceOf),
    ignoresHangup: readIgnoresHangup,
  };
}

function cpuShare(stat: ProcessStat, { atMs, ticks }: Baseline, nowMs: number): number {
  const before = ticks.get(identityKey(stat));
  if (before === undefined || nowMs <= atMs) return 0;
  // USER_HZ is 100: a tick is 10 ms.
  return ((stat.cpuTicks - before) * 10 * 100) / (nowMs - atMs);
}

/**
 * The share of the window in which its threads waited for a CPU; 0 if the kernel does not report
 * it.
 */
function waitShare(stat: ProcessStat, before: Baseline, now: Baseline): number {
  const key = identityKey(stat);
  const [then, since] = [before.waited.get(key), now.waited.get(key)];
  if (then === undefined || since === undefined || now.atMs <= before.atMs) return 0;
  // The sum decreases when a thread ends.
  return (Math.max(0, since - then) * 100) / (now.atMs - before.atMs);
}

/** Reads owner and arguments on demand: most processes are excluded without them. */
class Seen implements Observed {
  readonly pid: number;
  readonly comm: string;
  readonly state: string;
  readonly ppid: number;
  readonly processGroup: number;
  readonly session: number;
  readonly threads: number;
  readonly start: number;
  readonly cpuTicks: number;
  readonly argStart: number;
  readonly cpuPercent: number;
  readonly demandPercent: number;
  readonly ageMs: number;
  readonly #memory: Memory;
  readonly #all: ReadonlyMap<number, Observed>;
  #facts: ProgramFacts | null = null;
  #uid: number | null = null;

  constructor(
    stat: ProcessStat,
    { cpuPercent, demandPercent }: Pick<Observed, "cpuPercent" | "demandPercent">,
    ageMs: number,
    memory: Memory,
    all: ReadonlyMap<number, Observed>,
  ) {
    this.pid = stat.pid;
    this.comm = stat.comm;
    this.state = stat.state;
    this.ppid = stat.ppid;
    this.processGroup = stat.processGroup;
    this.session = stat.session;
    this.threads = stat.threads;
    this.start = stat.start;
    this.cpuTicks = stat.cpuTicks;
    this.argStart = stat.argStart;
    this.cpuPercent = cpuPercent;
    this.demandPercent = demandPercent;
    this.ageMs = ageMs;
    this.#memory = memory;
    this.#all = all;
  }

  get uid(): number {
    return (this.#uid ??= readOwner(this.pid));
  }

  get argv(): readonly string[] {
    return this.facts.argv;
  }

  variable(name: string): string | null {
    return readVariable(this.pid, name);
  }

  get facts(): ProgramFacts {
    return (this.#facts ??= this.#memory.factsOf(this, this.#hasFallen()));
  }

  /** These few processes are candidates, so their current title is read each time. */
  #hasFallen(): boolean {
    const parent = this.#all.get(this.ppid);
    return parent === undefined || isReaper(parent);
  }
}

function tieOf(
  cgroup: string | null,
  cookie: string | null,
  findAttempt: FindAttempt,
): AttemptTie | null {
  const place = cgroupPlaceOf(cgroup);
  const attempt = place.kind === "attempt" ? place.attempt : cookie;
  if (attempt === null) return null;
  const found = findAttempt(attempt);
  const by = place.kind === "attempt" ? "cgroup" : "cookie";
  return { by, attempt, job: found?.job ?? null, ended: found?.ended ?? false };
}

function once<T>(read: () => T): () => T {
  let value: { read: T } | null = null;
  return () => (value ??= { read: read() }).read;
}

function remembered<T>(read: (pid: number) => T): (pid: number) => T {
  const known = new Map<number, { value: T }>();
  return (pid) => {
    const before = known.get(pid);
    if (before !== undefined) return before.value;
    const value = read(pid);
    known.set(pid, { value });
    return value;
  };
}
