import { readFileSync, statSync } from "node:fs";
import { startedAtMs } from "../processes/live-details.ts";
import type { ProcessStat } from "../processes/proc-stat.ts";
import { listProcesses } from "../processes/process-table.ts";
import { pause, type Clock } from "../system/clock.ts";
import { placeOf } from "./cgroup-words.ts";
import { readHoldings } from "./holdings.ts";
import { listeningPorts } from "./ports.ts";
import type { AttemptTie, Holdings, Observed, Scene } from "./scene.ts";

const kernelThreads = 2;

/** Looks an attempt up in the records. Null: they do not have it. */
export type FindAttempt = (attempt: string) => { job: number; ended: boolean } | null;

/** Two looks at the process table, `windowMs` apart; what else is needed is read when it is asked for. */
export async function observe(
  clock: Clock,
  windowMs: number,
  findAttempt: FindAttempt,
): Promise<Scene> {
  const first = listProcesses();
  const before = new Map(first.map((stat) => [stat.pid, stat]));
  const kernel = new Set(first.filter(isKernelThread).map(({ pid }) => pid));
  const beganMs = clock.monotonicMs();
  if (windowMs > 0) await pause(clock, windowMs);
  const table = listProcesses(kernel);
  const tookMs = clock.monotonicMs() - beganMs;
  const atMs = clock.nowMs();
  const processes = new Map<number, Observed>();
  for (const stat of table) {
    if (isKernelThread(stat)) continue;
    const earlier = before.get(stat.pid);
    const cpuPercent = cpuShare(stat, earlier, tookMs);
    const ageMs = Math.max(0, Math.round(atMs - startedAtMs(stat.start)));
    processes.set(stat.pid, lazily({ ...stat, cpuPercent, ageMs }));
  }
  const ports = once(() => listeningPorts());
  return {
    atMs,
    windowMs: Math.round(tookMs),
    processes,
    ownPid: process.pid,
    cgroupOf: remembered(cgroupOf),
    holdingsOf: remembered((pid): Holdings => readHoldings(pid, ports())),
    tieOf: remembered((pid) => tieOf(pid, findAttempt)),
    ignoresHangup,
  };
}

function isKernelThread({ pid, ppid }: ProcessStat): boolean {
  return pid === kernelThreads || ppid === kernelThreads;
}

function cpuShare(now: ProcessStat, before: ProcessStat | undefined, tookMs: number): number {
  if (before === undefined || before.start !== now.start || tookMs <= 0) return 0;
  // USER_HZ is 100: a tick is 10 ms.
  return ((now.cpuTicks - before.cpuTicks) * 10 * 100) / tookMs;
}

/** Owner and arguments are two more reads, and most processes are passed over without them. */
function lazily(known: Omit<Observed, "uid" | "argv">): Observed {
  const uid = once(() => ownerOf(known.pid));
  const argv = once(() => argvOf(known.pid));
  return Object.defineProperties(known as Observed, {
    uid: { get: uid, enumerable: true },
    argv: { get: argv, enumerable: true },
  });
}

function ownerOf(pid: number): number {
  return statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid ?? -1;
}

function argvOf(pid: number): string[] {
  const text = readOrNull(`/proc/${pid}/cmdline`) ?? "";
  // A process that renames itself leaves a tail of NULs.
  return text === "" ? [] : text.replace(/\0+$/, "").split("\0");
}

/** Of the unified hierarchy, or where that has nothing but its root, systemd's. */
function cgroupOf(pid: number): string | null {
  const text = readOrNull(`/proc/${pid}/cgroup`);
  if (text === null) return null;
  const unified = /^0::(.+)$/m.exec(text)?.[1];
  const named = /^\d+:name=systemd:(.+)$/m.exec(text)?.[1];
  return unified === undefined || unified === "/" ? (named ?? unified ?? null) : unified;
}

function tieOf(pid: number, findAttempt: FindAttempt): AttemptTie | null {
  const place = placeOf(cgroupOf(pid));
  const environ = readOrNull(`/proc/${pid}/environ`) ?? "";
  const cookie = /(?:^|\0)HOLDFAST_ATTEMPT=([0-9a-f-]{36})(?:\0|$)/.exec(environ)?.[1];
  const attempt = place.kind === "attempt" ? place.attempt : cookie;
  if (attempt === undefined) return null;
  const found = findAttempt(attempt);
  const by = place.kind === "attempt" ? "cgroup" : "cookie";
  return { by, attempt, job: found?.job ?? null, ended: found?.ended ?? false };
}

/** SIGHUP is the first bit of the mask. */
function ignoresHangup(pid: number): boolean {
  const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readOrNull(`/proc/${pid}/status`) ?? "")?.[1];
  return mask !== undefined && (BigInt(`0x${mask}`) & 1n) === 1n;
}

/** Null where it is gone or the kernel does not let this user see. */
function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
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
