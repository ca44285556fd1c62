import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { loadConfig } from "../../config/config.ts";
import { Engines } from "../../engines/engines.ts";
import { FakeEngine } from "../../engines/testing/fake-engine.ts";
import { backupsIn } from "../../store/backups.ts";
import { journalFiles } from "../../store/journal-reader.ts";
import { restore } from "../../store/restore.ts";
import { Store } from "../../store/store.ts";
import { eventually } from "../../system/eventually.ts";
import { FakeClock } from "../../system/fake-clock.ts";
import { supervise, type RunningSupervisor } from "../supervise.ts";
import { ordinaryParts } from "../testing/ordinary-parts.ts";

const dayMs = 24 * 3_600_000;

let folder: string;
let store: Store;
let clock: FakeClock;
let engine: FakeEngine;
let supervisor: RunningSupervisor;
let backedUp: () => void = () => undefined;
const config = () => loadConfig({ HOLDFAST_STATE_DIR: folder });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-upkeep-"));
  clock = new FakeClock();
  engine = new FakeEngine();
  const { database: path, journalDir } = config().paths;
  store = new Store({ path, journalDir, soon: (callback) => clock.soon(callback) });
  supervisor = supervise({
    ...ordinaryParts(),
    store,
    engines: new Engines(clock, engine),
    clock,
    config: config(),
    log: { info: (_, text) => text.includes("backed up") && backedUp(), warn() {}, error() {} },
  });
  await supervisor.recover();
});
afterEach(() => {
  supervisor.close();
  store.close();
  rmSync(folder, { recursive: true });
});

const write = (key: string) =>
  store.commitNow("submit", () => store.submissions.insert(key, "hash", 1, clock.nowMs()));

it("puts the write-ahead log away a second after the last commit", async () => {
  write("a");
  const log = `${config().paths.database}-wal`;
  expect(statSync(log).size).toBeGreaterThan(0);
  clock.advance(1000);
  await vi.waitFor(() => {
    clock.advance(1000);
    expect(statSync(log).size).toBe(0);
  });
});

async function backup(): Promise<void> {
  const made = new Promise<void>((resolve) => {
    backedUp = resolve;
  });
  write(`${clock.nowMs()}`);
  clock.advance(dayMs + 600_000);
  await made;
}

it("removes copies that are a week old, with their journal, if there is a newer one", async () => {
  for (let day = 0; day < 3; day += 1) await backup();
  const { journalDir, backupsDir } = config().paths;
  const [newest, ...others] = backupsIn(backupsDir);
  expect(others).toHaveLength(2);
  for (const { path } of backupsIn(backupsDir)) {
    const atS = (clock.nowMs() - 8 * dayMs) / 1000;
    utimesSync(path, atS, atS);
  }
  await vi.waitFor(() => {
    clock.advance(600_000);
    expect(backupsIn(backupsDir).map(({ path }) => path)).toEqual([newest?.path]);
  });
  expect(journalFiles(journalDir).map(({ from }) => from)).toEqual([(newest?.commits ?? 0) + 1]);
  expect(restore(config().paths)).toMatchObject({
    backup: newest?.path,
    commits: store.commits,
  });
});

it("backs the store up once a day if it changed, keeps three copies, and the journal since the oldest", async () => {
  for (let day = 0; day < 5; day += 1) await backup();
  const { database, journalDir, backupsDir } = config().paths;
  const kept = backupsIn(backupsDir);
  expect(kept).toHaveLength(3);
  expect(journalFiles(journalDir)[0]?.from).toBeGreaterThan(1);
  expect(restore(config().paths)).toMatchObject({ backup: kept[0]?.path, commits: store.commits });
  expect(existsSync(`${database}.restored`)).toBe(true);
});

it("reports a contradiction that stays once, and each new one", async () => {
  const inspected = vi.spyOn(engine, "observe");
  engine.sight = "elsewhere";
  for (const digit of [1, 2]) {
    const attempt = `${digit}b4e28ba-2fa1-4d3b-883f-0016d3cca427`;
    mkdirSync(join(config().paths.attemptsDir, attempt), { recursive: true });
    // The third inspection comes after two rounds.
    await eventually(() => {
      clock.advance(600_000);
      return inspected.mock.calls.filter(([rows]) => rows[0]?.id === attempt).length > 2;
    });
    const { warnings } = await supervisor.health();
    expect(warnings.filter((text) => text.includes(attempt))).toHaveLength(1);
  }
});
