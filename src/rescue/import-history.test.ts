import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, it } from "vitest";
import { loadConfig, type Config } from "../config/config.ts";
import { jobRequest } from "../contract/job-request.ts";
import { Database } from "../store/database.ts";
import { journalEnd } from "../store/journal-reader.ts";
import { makeWhole } from "../store/make-whole.ts";
import { FakeClock } from "../system/fake-clock.ts";
import { importHistory } from "./import-history.ts";
import { openStore } from "./own-store.ts";

const clock = new FakeClock();
let folder: string;
let config: Config;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-import-"));
  config = loadConfig({ HOLDFAST_STATE_DIR: join(folder, "state") });
});
afterEach(() => rmSync(folder, { recursive: true }));

const { env: _, ...asked } = jobRequest.parse({ command: ["true"], cwd: "/", env: {} });
const limits = { limitMs: null, graceMs: 1, leaseMs: null, outputQuotaBytes: null, rlimits: {} };
const outcome = { code: null, signal: null, reason: "cancel", leftovers: 0 };
const none = {
  container: null,
  gpus: null,
  escaped: null,
  sharedMemory: null,
  cpuUserUs: null,
  cpuSystemUs: null,
  maxRssBytes: null,
  memoryPeakBytes: null,
  oomKills: null,
  pidsPeak: null,
  cpuThrottledUs: null,
  cpuThrottledPeriods: null,
  pressure: null,
};

/** Jobs that were cancelled before they started, as an export has them. */
function lines(count: number): string {
  const path = join(folder, "history.ndjson");
  const all = Array.from({ length: count }, (_one, index) => ({
    holdfast: 1,
    job: {
      id: index + 1,
      state: "cancelled",
      reason: "cancel",
      message: null,
      spec: { ...asked, ...limits, stopScope: "all", name: null, envNames: [] },
      createdAtMs: 5 + index,
      startedAtMs: null,
      endedAtMs: 9,
      waiting: null,
      attempt: null,
      limits: [],
      stopping: null,
      outcome,
      progress: null,
      retryOf: null,
      heldGpus: [],
    },
    receipt: {
      jobId: index + 1,
      attempt: null,
      attemptNumber: null,
      state: "cancelled",
      outcome,
      tier: null,
      proof: { kind: "never started", message: "", echild: null, populated: null },
      unproven: [],
      phases: [],
      processes: [],
      processesOmitted: 0,
      ended: { self: 0, term: 0, kill: 0 },
      escapedOmitted: 0,
      oomVictims: [],
      limits: [],
      output: { stdoutBytes: null, stderrBytes: null, punchedBytes: null },
      unapplied: [],
      ...none,
    },
  }));
  writeFileSync(path, all.map((line) => `${JSON.stringify(line)}\n`).join(""));
  return path;
}

function ids(): unknown[] {
  const db = new DatabaseSync(config.paths.database, { readOnly: true });
  const found = db.prepare("SELECT id FROM jobs ORDER BY id").all();
  db.close();
  return found.map(({ id }) => id);
}

it("what was imported is in the journal: a database that loses it again is restored", async () => {
  expect(await importHistory(config, lines(1), null, clock)).toEqual({ added: 1, known: 0 });
  const { database, journalDir } = config.paths;
  const before = join(folder, "before.db");
  copyFileSync(database, before);
  expect(await importHistory(config, lines(3), null, clock)).toEqual({ added: 2, known: 1 });
  const db = new Database(database);
  const { commits, high } = db;
  db.close();
  expect(journalEnd(journalDir)).toMatchObject({ last: commits, high });
  // As after a crash of which the disk kept less than was acknowledged.
  copyFileSync(before, database);
  const [said = ""] = await makeWhole(config.paths, 0);
  expect(said).toContain("All of them were restored");
  expect(ids()).toEqual([1, 2, 3]);
});

it("an export of an earlier version: its `words` are messages", async () => {
  const path = lines(1);
  const text = readFileSync(path, "utf8").replace('"message":""', '"words":""');
  writeFileSync(path, text);
  expect(await importHistory(config, path, null, clock)).toEqual({ added: 1, known: 0 });
});

it("into a store that went back in time: that is restored first, and no number is given twice", async () => {
  const path = lines(1);
  await importHistory(config, path, null, clock);
  const { database } = config.paths;
  const before = join(folder, "before.db");
  copyFileSync(database, before);
  await importHistory(config, lines(2), null, clock);
  copyFileSync(before, database);
  expect(await importHistory(config, lines(3), null, clock)).toEqual({ added: 1, known: 2 });
  expect(ids()).toEqual([1, 2, 3]);
  const store = openStore(config, clock);
  expect(store.count()).toBe(3);
  store.close();
});
