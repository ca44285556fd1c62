import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Receipt } from "../contract/receipt.ts";
import type { JobSpec } from "../job/spec.ts";
import { liveStates, stateEvents, isTerminal, next, type State } from "../job/states.ts";
import { damagedSpec } from "./damaged-spec.ts";
import { Store } from "./store.ts";
import { attemptRow } from "./testing/attempt-row.ts";
import { planOf } from "./testing/query-plan.ts";

const { envNames: _, ...rest } = damagedSpec({}, { name: "train", priority: 0, gpus: 0 });
const spec: JobSpec = { ...rest, env: {} };

let folder: string;
let path: string;
let store: Store;
const open = () => {
  store = new Store({ path, soon: (callback) => void setImmediate(callback) });
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-totals-"));
  path = join(folder, "holdfast.db");
  open();
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

/** What is really there, counted by another connection. */
function counted(): { live: Record<string, number>; endedJobs: number; outputBytes: number } {
  const db = new DatabaseSync(path, { readOnly: true });
  const number = (sql: string, ...values: string[]) =>
    Number(Object.values(db.prepare(sql).get(...values) ?? {})[0] ?? 0);
  const inState = (state: State) => number("SELECT count(*) FROM jobs WHERE state = ?", state);
  const found = {
    live: Object.fromEntries(liveStates.map((state) => [state, inState(state)])),
    endedJobs: number("SELECT count(*) FROM jobs WHERE ended_at_ms IS NOT NULL"),
    outputBytes: number("SELECT sum(output_bytes) FROM receipts"),
  };
  db.close();
  return found;
}

const known = () => ({ live: Object.fromEntries(store.liveJobs()), ...store.history.totals() });

const receiptOf = (bytes: number) =>
  ({ output: { stdoutBytes: bytes, stderrBytes: null, punchedBytes: 0 } }) as Receipt;

class Undone extends Error {}

/** One change, as far as the job's state allows it. */
function change(id: number, kind: number, bytes: number): void {
  const job = store.jobs.get(id);
  if (job === null) return;
  const attempt = `attempt-${id}`;
  if (kind === 0 && isTerminal(job.state)) return store.jobs.remove(id, job.state, 1);
  if (kind === 1 && store.attempts.get(attempt) === null)
    return store.attempts.insert(attemptRow(attempt, id));
  if (kind === 2 && store.attempts.get(attempt) !== null)
    return store.attempts.ended(attempt, 1, receiptOf(bytes));
  const events = stateEvents.filter((event) => next(job.state, event) !== null);
  const event = events[kind % Math.max(events.length, 1)];
  if (event !== undefined) store.jobs.advance(id, job.state, event, 1000 + bytes);
}

const step = fc.record({
  job: fc.nat(12),
  kind: fc.nat(9),
  bytes: fc.nat(30),
  isUndone: fc.boolean(),
  counts: fc.boolean(),
});

it("are what is there after any changes, also those that were undone, and while they are counted", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      for (const { job, kind, bytes, isUndone, counts } of steps) {
        const act = () =>
          store.commitNow("submit", () => {
            if (kind === 9) store.jobs.insert({ ...spec, held: bytes % 2 === 0 }, 1, null);
            else change(job, kind, bytes);
            if (isUndone) throw new Undone();
          });
        if (isUndone) expect(act).toThrow(Undone);
        else act();
        if (counts) store.history.count(3);
        expect(known().live).toEqual(counted().live);
      }
      while (!store.history.count(2));
      expect(known()).toEqual(counted());
      store.close();
      open();
      while (!store.history.count(2));
      expect(known()).toEqual(counted());
    }),
    { numRuns: 30 },
  );
});

it("count a part of a commit that failed alone as undone", async () => {
  const first = store.commit("submit", () => store.jobs.insert(spec, 1, null));
  const second = store.commit("submit", () => {
    store.jobs.insert(spec, 1, null);
    throw new Undone();
  });
  await first;
  await expect(second).rejects.toThrow(Undone);
  expect(known().live).toEqual(counted().live);
  expect(store.liveJobs().get("queued")).toBe(1);
});

it("read indexes, and from there on where they had come to", () => {
  store.commitNow("submit", () => {
    for (let index = 0; index < 6; index += 1) {
      const id = store.jobs.insert(spec, 1, null);
      store.attempts.insert(attemptRow(`attempt-${id}`, id));
      // Most jobs have no output: equal values are many.
      store.attempts.ended(`attempt-${id}`, 1, receiptOf(index < 4 ? 0 : index));
      store.jobs.advance(id, "queued", "cancelled", 1000 + (index % 3));
    }
  });
  const prepare = vi.spyOn(DatabaseSync.prototype, "prepare");
  store.close();
  open();
  while (!store.history.count(2));
  const asked = prepare.mock.calls.map(([sql]) => sql);
  prepare.mockRestore();
  const db = new DatabaseSync(path, { readOnly: true });
  const plans = asked
    .filter((sql) => /^SELECT (coalesce|ended_at_ms|output_bytes)/.test(sql))
    .map((sql) => planOf(db, sql).join("; "));
  db.close();
  expect(plans.length).toBeGreaterThan(10);
  // No row value: it would read all entries that are equal in the first column.
  for (const plan of plans)
    expect(plan).toMatch(
      /^SEARCH \w+ USING COVERING INDEX \w+ \((\w+=\? AND (id|rowid)[<>]\?( AND (id|rowid)<\?)?|\w+>\?( AND \w+<\?)?)\)$/,
    );
});

it("are not asked of the jobs for the health of the server", () => {
  store.commitNow("submit", () => store.jobs.insert(spec, 1, null));
  store.liveJobs();
  expect(store.statements.filter((sql) => sql.startsWith("SELECT state, count(*)"))).toEqual([]);
});

it("count a receipt with a negative number, of an earlier version, as nothing", () => {
  store.commitNow("submit", () => {
    for (const bytes of [100, 50]) {
      const id = store.jobs.insert(spec, 1, null);
      store.attempts.insert(attemptRow(`attempt-${id}`, id));
      store.attempts.ended(`attempt-${id}`, 1, receiptOf(bytes));
      store.jobs.advance(id, "queued", "cancelled", 1000);
    }
  });
  store.close();
  const db = new DatabaseSync(path);
  db.exec("UPDATE receipts SET output_bytes = -9000000 WHERE attempt = 'attempt-1'");
  db.close();
  open();
  while (!store.history.count(2));
  expect(store.history.totals()?.outputBytes).toBe(50);
  store.commitNow("submit", () => store.jobs.remove(1, "cancelled", 1));
  expect(store.history.totals()?.outputBytes).toBe(50);
});
