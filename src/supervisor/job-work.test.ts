import fs, { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync, StatementSync } from "node:sqlite";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { loadConfig } from "../config/config.ts";
import { jobRequest } from "../contract/job-request.ts";
import { Engines } from "../engines/engines.ts";
import { FakeEngine } from "../engines/testing/fake-engine.ts";
import type { State } from "../job/states.ts";
import { Store } from "../store/store.ts";
import { FakeClock } from "../system/fake-clock.ts";
import { supervise, type RunningSupervisor } from "./supervise.ts";
import { ordinaryParts } from "./testing/ordinary-parts.ts";

// What a job costs is counted, not timed: a count is the same on every machine. The bounds are what it
// costs now and half as much again, so that a doubling fails.

const jobs = 40;

let folder: string;
let store: Store;
let engine: FakeEngine;
let clock: FakeClock;
let supervisor: RunningSupervisor;
const paths = () => loadConfig({ HOLDFAST_STATE_DIR: folder }).paths;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-job-work-"));
  clock = new FakeClock();
  engine = new FakeEngine();
  const { database: path, journalDir } = paths();
  store = new Store({ path, journalDir, soon: (callback) => clock.soon(callback) });
  supervisor = supervise({
    ...ordinaryParts(),
    store,
    engines: new Engines(clock, engine),
    clock,
    config: loadConfig({ HOLDFAST_STATE_DIR: folder }),
  });
  await supervisor.recover();
});

afterEach(() => {
  supervisor.close();
  store.close();
  rmSync(folder, { recursive: true });
});

function reach(id: number, state: State): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (store.jobs.get(id)?.state !== state) return;
      unsubscribe();
      resolve();
    };
    const unsubscribe = supervisor.subscribe(id, check);
    check();
  });
}

/** One job after the other, so that none shares a flush. */
async function runAll(round = "first"): Promise<void> {
  const asked = jobRequest.parse({ command: ["true"], cwd: "/", env: { PATH: "/usr/bin" } });
  for (let index = 0; index < jobs; index += 1) {
    const result = await supervisor.submit(asked, `${round}-${index}`);
    if (!result.ok) throw new Error(result.refusal.code);
    const { id } = result.value.job;
    await reach(id, "running");
    engine.of(id).end();
    await reach(id, "succeeded");
  }
}

interface Work {
  statements: number;
  /** Transactions that SQLite flushes to the disk before they count as done. */
  flushed: number;
  unflushed: number;
  /** Calls that the server makes for its files, its journal among them. */
  fileCalls: number;
}

/** Of all jobs together. */
async function workOf(act: () => Promise<void>): Promise<Work> {
  const work: Work = { statements: 0, flushed: 0, unflushed: 0, fileCalls: 0 };
  const spied = <T extends object>(of: T, name: keyof T, note: (first: unknown) => void) => {
    const original = of[name] as (...args: unknown[]) => unknown;
    const spy = vi.spyOn(of as Record<string, () => unknown>, name as string);
    spy.mockImplementation(function (this: unknown, ...args: unknown[]) {
      note(args[0]);
      return original.apply(this, args);
    });
  };
  for (const name of ["run", "get", "all"] as const)
    spied(StatementSync.prototype, name, () => (work.statements += 1));
  let isLight = false;
  spied(DatabaseSync.prototype, "exec", (sql) => {
    if (sql === "PRAGMA synchronous = NORMAL") isLight = true;
    if (sql === "PRAGMA synchronous = FULL") isLight = false;
    if (sql === "COMMIT") work[isLight ? "unflushed" : "flushed"] += 1;
  });
  for (const name of [
    "openSync",
    "readSync",
    "writeSync",
    "statSync",
    "mkdirSync",
    "fsyncSync",
  ] as const)
    spied(fs, name, () => (work.fileCalls += 1));
  spied(fs, "fdatasyncSync", () => (work.fileCalls += 1));
  syncBuiltinESMExports();
  try {
    await act();
  } finally {
    vi.restoreAllMocks();
    syncBuiltinESMExports();
  }
  return work;
}

it("a job is flushed three times: its submission, the intent to start it, and its end", async () => {
  const { flushed, unflushed } = await workOf(() => runAll());
  expect(flushed / jobs).toBe(3);
  expect(unflushed / jobs).toBe(1);
});

it("a job takes a bounded number of statements, and of calls for files beside the database", async () => {
  const { statements, fileCalls } = await workOf(() => runAll());
  // 68 and 8.
  expect(statements / jobs).toBeLessThan(100);
  expect(fileCalls / jobs).toBeLessThan(12);
});

it("a job takes a bounded number of bytes in the database and in the journal", async () => {
  await runAll();
  const before = { journal: journalBytes(), database: databaseBytes() };
  await runAll("again");
  // 6.6 kB and 6.3 kB.
  expect((journalBytes() - before.journal) / jobs).toBeLessThan(10_000);
  expect((databaseBytes() - before.database) / jobs).toBeLessThan(9500);
});

function journalBytes(): number {
  const { journalDir } = paths();
  const sizes = readdirSync(journalDir).map((name) => statSync(join(journalDir, name)).size);
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

function databaseBytes(): number {
  store.checkpoint();
  return statSync(paths().database).size;
}
