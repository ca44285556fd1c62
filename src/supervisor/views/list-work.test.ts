import fs, { mkdtempSync, rmSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StatementSync } from "node:sqlite";
import zlib from "node:zlib";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { loadConfig } from "../../config/config.ts";
import { jobRequest, type JobRequest } from "../../contract/job-request.ts";
import { Engines } from "../../engines/engines.ts";
import { FakeEngine } from "../../engines/testing/fake-engine.ts";
import type { State } from "../../job/states.ts";
import { ownReads } from "../../reading/own-reads.ts";
import { WorkerReads } from "../../reading/worker-reads.ts";
import { Store } from "../../store/store.ts";
import { FileInPlace, identityAt } from "../../system/file-in-place.ts";
import { buildId } from "../../system/build-id.ts";
import { FakeClock } from "../../system/fake-clock.ts";
import { supervise, type RunningSupervisor } from "../supervise.ts";
import { ordinaryParts } from "../testing/ordinary-parts.ts";

// What a list costs is counted, not timed: a count is the same on every machine.

let folder: string;
let store: Store;
let engine: FakeEngine;
let clock: FakeClock;
let supervisor: RunningSupervisor;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-list-work-"));
  clock = new FakeClock();
  engine = new FakeEngine();
  await start();
});

async function start(reads?: (store: Store) => WorkerReads): Promise<void> {
  store = new Store({
    path: join(folder, "holdfast.db"),
    soon: (callback) => clock.soon(callback),
  });
  const config = loadConfig({ HOLDFAST_STATE_DIR: folder, HOLDFAST_JOBS_MAX_RUNNING: "200" });
  supervisor = supervise({
    ...ordinaryParts(),
    store,
    ...(reads === undefined ? {} : { reads: reads(store) }),
    engines: new Engines(clock, engine),
    clock,
    config: { ...config, paths: { ...config.paths, attemptsDir: folder } },
  });
  await supervisor.recover();
}

function stop(): void {
  supervisor.close();
  store.close();
}

async function restart(): Promise<void> {
  stop();
  await start();
}

afterEach(() => {
  stop();
  rmSync(folder, { recursive: true });
});

/** All at once: they share a flush to the disk. */
function submitted(count: number, request: Partial<JobRequest> = {}): Promise<number[]> {
  const asked = jobRequest.parse({ command: ["true"], cwd: "/", ...request });
  return Promise.all(
    Array.from({ length: count }, async () => {
      const result = await supervisor.submit(asked, null);
      if (!result.ok) throw new Error(result.refusal.code);
      return result.value.job.id;
    }),
  );
}

/** Resolves when each of them is in the state. */
async function reach(ids: readonly number[], state: State): Promise<void> {
  const left = new Set(ids);
  await new Promise<void>((resolve) => {
    const sample = () => {
      for (const id of left) if (store.jobs.get(id)?.state === state) left.delete(id);
      if (left.size > 0) return;
      unsubscribe();
      resolve();
    };
    const unsubscribe = supervisor.subscribe(null, sample);
    sample();
  });
}

interface Work {
  statements: number;
  checksums: number;
  parses: number;
  opened: number;
  samples: number;
  /** Questions whether a file is there. */
  stats: number;
}

/** It may read the queue while a list is waited for. */
const ofDispatcher = /jobs_retried_later|jobs_queued|FROM allocations ORDER BY/;

/** What one list of `limit` jobs does. */
async function workOf(limit: number): Promise<Work> {
  const work: Work = { statements: 0, checksums: 0, parses: 0, opened: 0, samples: 0, stats: 0 };
  const counted = <T extends object>(of: T, name: keyof T, what: keyof Work) => {
    const original = of[name] as (...args: unknown[]) => unknown;
    const spy = vi.spyOn(of as Record<string, () => unknown>, name as string);
    spy.mockImplementation(function (this: unknown, ...args: unknown[]) {
      const sql = what === "statements" ? (this as StatementSync).sourceSQL : "";
      if (!ofDispatcher.test(sql)) work[what] += 1;
      return original.apply(this, args);
    });
  };
  counted(StatementSync.prototype, "all", "statements");
  counted(StatementSync.prototype, "get", "statements");
  counted(StatementSync.prototype, "iterate", "statements");
  counted(zlib, "crc32", "checksums");
  counted(JSON, "parse", "parses");
  counted(fs, "openSync", "opened");
  counted(fs, "stat", "stats");
  counted(engine.machine.keepers, "heldUp", "samples");
  syncBuiltinESMExports();
  try {
    const query = { states: [], tag: null, name: null, select: null, limit, cursor: null };
    const listed = await supervisor.listText(query);
    if (!listed.ok || !listed.value.includes('"jobs":[{')) throw new Error("not the jobs");
  } finally {
    vi.restoreAllMocks();
    syncBuiltinESMExports();
  }
  return work;
}

// One statement asks how large the page is. A short one is read here: one statement for its rows, one for
// the newest event, one for the attempts, one for what those hold. Of a longer one, the other thread reads
// rows, newest event and attempts; jobs that have not ended are then read here, 50 at a time.

// Per row: its table and key, and each column that was read.
const jobSums = 1 + 17;
const attemptSums = 1 + 17;

it("a list of ended jobs takes four statements, opens no file and verifies each value once", async () => {
  const ids = await submitted(101);
  await reach(ids, "running");
  for (const attempt of engine.attempts.values()) attempt.end();
  await reach(ids, "succeeded");
  // Another server finds nothing verified.
  await restart();
  const first = await workOf(100);
  expect(first).toMatchObject({ statements: 4, opened: 0, samples: 0 });
  expect(first.checksums).toBeGreaterThan(100 * 10);
  expect(first.checksums).toBeLessThanOrEqual(101 * jobSums + 100 * attemptSums);
  // Of a job its specification and outcome; of an attempt its claim and four lists.
  expect(first.parses).toBeLessThanOrEqual(101 * 2 + 100 * 5);
  expect(await workOf(100)).toEqual({
    statements: 4,
    opened: 0,
    samples: 0,
    stats: 0,
    checksums: 0,
    parses: 0,
  });
  // Rows, attempts and newest event: nothing that has ended holds anything.
  expect((await workOf(10)).statements).toBe(4);
});

it("a list of running jobs inspects each keeper and asks for its progress at most once a second", async () => {
  const ids = await submitted(101);
  await reach(ids, "running");
  clock.advance(1000);
  expect(await workOf(100)).toMatchObject({ statements: 5, opened: 0, samples: 100, stats: 100 });
  clock.advance(999);
  expect(await workOf(100)).toMatchObject({ statements: 5, opened: 0, samples: 0, stats: 0 });
  clock.advance(1);
  expect(await workOf(100)).toMatchObject({ statements: 5, opened: 0, samples: 100, stats: 100 });
});

it("a list of jobs that were never launched takes three statements", async () => {
  await submitted(101, { held: true });
  await restart();
  const work = await workOf(100);
  expect(work).toMatchObject({ statements: 3, opened: 0, samples: 0 });
  expect(work.checksums).toBeLessThanOrEqual(101 * jobSums);
  expect(work.parses).toBeLessThanOrEqual(101);
});

it("a list of ended jobs takes one statement of the thread that serves cancels", async () => {
  const ids = await submitted(101);
  await reach(ids, "running");
  for (const attempt of engine.attempts.values()) attempt.end();
  await reach(ids, "succeeded");
  stop();
  const warnings: string[] = [];
  const database = join(folder, "holdfast.db");
  const inThread = (opened: Store) =>
    new WorkerReads({
      program: new FileInPlace(join(import.meta.dirname, "../../reading/main.ts")),
      data: { build: buildId, database, identity: identityAt(database), attemptsDir: folder },
      own: ownReads({ store: opened, attemptsDir: folder, clock }),
      clock,
      log: { warn: (_details, message) => void warnings.push(message) },
    });
  let reads: WorkerReads | undefined;
  await start((opened) => (reads = inThread(opened)));
  expect(await workOf(100)).toEqual({
    statements: 1,
    checksums: 0,
    parses: 0,
    opened: 0,
    samples: 0,
    stats: 0,
  });
  expect(warnings).toEqual([]);
  await reads?.close();
});
