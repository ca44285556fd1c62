import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { HistoryLine } from "../contract/history.ts";
import type { Receipt } from "../contract/receipt.ts";
import type { Allocation } from "../job/allocation.ts";
import type { JobSpec } from "../job/spec.ts";
import type { State } from "../job/states.ts";
import type { StopRequest } from "../job/stop-request.ts";
import type { JobFilter } from "./job-filter.ts";
import { idsByIndexes, stateInIndex } from "./job-indexes.ts";
import { damagedSpec } from "./damaged-spec.ts";
import { Database } from "./database.ts";
import { Store } from "./store.ts";
import { Peek } from "./peek.ts";
import { addUnpacking } from "./packed-text.ts";
import { planOf } from "./testing/query-plan.ts";
import { attemptRow } from "./testing/attempt-row.ts";

/**
 * Takes every statement that the store prepares and asks SQLite how it would be carried out. Tables
 * that grow with the history are not read from end to end, and their rows are not sorted.
 */

/** Exceptions, by the beginning of a statement, with the reason. */
const exceptions: [statement: string, reason: string][] = [
  [
    "SELECT count(*) AS n FROM jobs",
    "for a person who runs holdfast repair, which reads everything",
  ],
  [
    "SELECT count(*) AS n FROM (SELECT 1 FROM job_tags",
    "once, when a store is opened: whether there are few enough rows to check all; it stops there",
  ],
  [
    "SELECT id FROM jobs ORDER BY id DESC LIMIT 1 OFFSET ?",
    "@~N reads N rows from the newest: as far back as the person says",
  ],
  [
    "SELECT DISTINCT env_hash, document FROM jobs",
    "once for a store whose jobs ended before secrets were removed",
  ],
];

/** Indexes of live jobs only. */
const ofLive = /INDEX (attempts_unended|jobs_begun|jobs_queued|jobs_retried_later)/;
const growing = new Set([
  "jobs",
  "documents",
  "job_tags",
  "attempts",
  "receipts",
  "events",
  "submissions",
  "stop_requests",
  "attempt_gpus",
]);

type Methods<Part> = {
  [Name in keyof Part as Part[Name] extends (...values: never[]) => unknown ? Name : never]: (
    part: Part,
  ) => unknown;
};

/** A method that is missing here is a type error. */
interface Calls {
  jobs: Methods<Store["jobs"]>;
  queue: Methods<Store["queue"]>;
  attempts: Methods<Store["attempts"]>;
  receipts: Methods<Store["receipts"]>;
  allocations: Methods<Store["allocations"]>;
  events: Methods<Store["events"]>;
  submissions: Methods<Store["submissions"]>;
  tags: Methods<Store["tags"]>;
  stopRequests: Methods<Store["stopRequests"]>;
  history: Methods<Store["history"]>;
  marks: Methods<Store["marks"]>;
  gpus: Methods<Store["gpus"]>;
  rebuild: Methods<Store["rebuild"]>;
  imports: Methods<Store["imports"]>;
}

const { envNames: _, ...rest } = damagedSpec({}, { name: "train", priority: 0, gpus: 0 });
const spec: JobSpec = { ...rest, env: {}, tags: ["nightly"] };
const allocation: Allocation = {
  attempt: "a1",
  job: 1,
  resources: { slots: 1, gpuUuids: ["GPU-1"] },
};
const request: StopRequest = {
  number: 1,
  reason: "cancel",
  graceMs: 0,
  prolong: false,
  atMs: 1,
  client: null,
};
const receipt = { output: { stdoutBytes: 1, stderrBytes: 1, punchedBytes: 0 } } as Receipt;
const imported = {
  holdfast: 1,
  job: {
    id: 900,
    state: "succeeded",
    reason: null,
    message: null,
    spec: { ...rest, envNames: [], tags: ["old"] },
    createdAtMs: 1,
    startedAtMs: 1,
    endedAtMs: 2,
    outcome: null,
    limits: [],
    attempt: { id: "i1", number: 1, tier: "cgroup", startedAtMs: 1, endedAtMs: 2, gpuUuids: [] },
  },
  receipt,
  earlier: [],
} as unknown as HistoryLine;

/** Every combination of conditions that a list can have. */
const filters: JobFilter[] = [];
for (const states of [[], ["failed"], ["succeeded", "failed"]] as State[][])
  for (const tag of [null, "nightly"])
    for (const name of [null, "train"])
      for (const ids of [null, [1, 2]])
        for (const before of [null, 100])
          filters.push({ states, tag, name, ids, before, limit: 10 });

const calls: Calls = {
  jobs: {
    insert: (jobs) => [jobs.insert(spec, 1, null), jobs.insert(spec, 1, 1)],
    advance: (jobs) =>
      jobs.advance(1, "queued", "launch", 1, { attempt: "a1", message: null, wait: null }),
    stopRequested: (jobs) => jobs.stopRequested(1, "stopping", request),
    get: (jobs) => jobs.get(1),
    environmentOf: (jobs) => jobs.environmentOf(1),
    list: (jobs) => filters.map((filter) => jobs.list(filter)),
    step: (jobs) => filters.map((filter) => jobs.step(filter, 5)),
    sizeOf: (jobs) => filters.map((filter) => jobs.sizeOf(filter)),
    inStates: (jobs) => [jobs.inStates(["queued", "held"]), jobs.inStates(["running"])],
    removeSecretsOfEnded: (jobs) => jobs.removeSecretsOfEnded(),
    isSecret: (jobs) => jobs.isSecret("A", "b"),
    countIn: (jobs) => jobs.countIn(["queued", "running"]),
    oldestIn: (jobs) => jobs.oldestIn(["queued", "running"]),
    existing: (jobs) => jobs.existing([1, 2]),
    range: (jobs) => jobs.range(1, 2),
    fromLast: (jobs) => jobs.fromLast(1),
    named: (jobs) => jobs.named("train"),
    remove: (jobs) => jobs.remove(2, "cancelled", 1),
  },
  queue: {
    gpuCounts: (queue) => queue.gpuCounts(),
    after: (queue) => [queue.after(null, 0, 1, 10), queue.after({ id: 1, priority: 0 }, 0, 1, 10)],
    nextWaitEndsMs: (queue) => queue.nextWaitEndsMs(1),
  },
  attempts: {
    insert: (attempts) => attempts.insert(attemptRow("a1", 1)),
    get: (attempts) => attempts.get("a1"),
    unknownAmong: (attempts) => attempts.unknownAmong(["a1", "a2"]),
    those: (attempts) => attempts.those(["a1"]),
    ofJob: (attempts) => attempts.ofJob(1),
    countOf: (attempts) => attempts.countOf(1),
    countExecuted: (attempts) => attempts.countExecuted(1),
    numbered: (attempts) => attempts.numbered(1, 1),
    withLogs: (attempts) => attempts.withLogs(1),
    contained: (attempts) => attempts.contained("a1", [], []),
    declareEnded: (attempts) => attempts.declareEnded(["a1"], { uid: 0, atMs: 1 }),
    distrust: (attempts) => attempts.distrust("a1"),
    claimed: (attempts) => attempts.claimed("a1", { version: 1 } as never, 1),
    ended: (attempts) => attempts.ended("a1", 1, receipt),
  },
  receipts: {
    add: (receipts) => receipts.add("a1", receipt),
    of: (receipts) => receipts.of("a1"),
    last: (receipts) => receipts.last(1),
  },
  allocations: {
    take: (allocations) => allocations.take(allocation),
    record: (allocations) => allocations.record(allocation),
    all: (allocations) => allocations.all(),
    of: (allocations) => allocations.of("a1"),
    damagedAmong: (allocations) => allocations.damagedAmong(["a1", "a2"]),
    mend: (allocations) => allocations.mend(),
  },
  events: {
    append: (events) => events.append(1, 1, "submitted", "queued", {}),
    takeAppended: (events) => events.takeAppended(),
    mark: (events) => events.mark(),
    forgetAfter: (events) => events.forgetAfter(0),
    after: (events) => [events.after(null, 0, 10), events.after(1, 0, 10)],
    lastState: (events) => events.lastState(1),
    lastAtMs: (events) => events.lastAtMs(),
    prune: (events) => events.prune(3),
    prunedUntil: (events) => events.prunedUntil(),
    lastSeqOf: (events) => events.lastSeqOf(1),
    lastSeq: (events) => events.lastSeq(),
  },
  submissions: {
    find: (submissions) => submissions.find("key"),
    insert: (submissions) => submissions.insert("key", "hash", 1, 1),
  },
  tags: { mend: (tags) => tags.mend() },
  stopRequests: {
    add: (requests) => requests.add(1, "a1", request),
    ofAttempt: (requests) => requests.ofAttempt("a1"),
    ofJob: (requests) => requests.ofJob(1),
  },
  history: {
    count: (history) => history.count(),
    totals: (history) => history.totals(),
    beyond: (history) => history.beyond({ endedBeforeMs: 1, count: 1, outputBytes: 1 }, 10),
  },
  marks: {
    get: (marks) => marks.get("passed-time"),
    set: (marks) => marks.set("passed-time", 1),
  },
  gpus: {
    began: (gpus) => gpus.began("a1", "[]"),
    saw: (gpus) => gpus.saw("a1", "[]"),
    of: (gpus) => gpus.of("a1"),
    hold: (gpus) =>
      gpus.hold({
        uuid: "GPU-2",
        attempt: "a1",
        job: 1,
        bootId: "boot",
        sinceMs: 1,
        baseline: "[]",
        seen: null,
        message: "held",
      }),
    holds: (gpus) => gpus.holds(),
    handedOut: (gpus) => gpus.handedOut(["GPU-2"]),
  },
  rebuild: {
    job: (rebuild) => rebuild.job(1),
    wasRemoved: (rebuild) => rebuild.wasRemoved(1),
    wasRemovedWith: (rebuild) => rebuild.wasRemovedWith(1, "a1"),
    knows: (rebuild) => rebuild.knows("a1"),
    specified: (rebuild) => rebuild.specified(1, { ...rest, envNames: ["A"] }),
    holdWaiting: (rebuild) => rebuild.holdWaiting("held"),
    insert: (rebuild) =>
      rebuild.insert(
        {
          id: 800,
          uuid: null,
          spec: { ...rest, envNames: [] },
          createdAtMs: 1,
          state: "failed",
          message: "",
          attempts: [attemptRow("r1", 800)],
        },
        1,
      ),
    catchUp: (rebuild) => rebuild.catchUp(1, { ...attemptRow("r2", 1), number: 2 }, 1),
  },
  imports: {
    knows: (imports) => [
      imports.knows(imported.job),
      imports.knows({ ...imported.job, attempt: null }),
    ],
    add: (imports) => imports.add(imported),
  },
};

let folder: string;
let store: Store;
let plans: DatabaseSync;
let statements: string[];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-plans-"));
  const path = join(folder, "holdfast.db");
  store = new Store({ path, soon: (callback) => void setImmediate(callback) });
  const errors: unknown[] = [];
  for (const [part, methods] of Object.entries(calls))
    for (const call of Object.values<(part: never) => unknown>(methods))
      store.commitNow("submit", () => {
        try {
          call(store[part as keyof Calls] as never);
        } catch (error) {
          errors.push(error);
        }
      });
  expect(errors).toEqual([]);
  store.count();
  const indexes = new Database(path);
  for (const filter of filters) idsByIndexes(indexes, filter);
  stateInIndex(indexes, 1);
  statements = [...new Set([...store.statements, ...indexes.statements, ...peekedAt(path)])];
  indexes.close();
  plans = new DatabaseSync(path, { readOnly: true });
  addUnpacking(plans);
});

afterAll(() => {
  plans.close();
  store.close();
  rmSync(folder, { recursive: true });
});

/** What programs ask that work without a server. */
function peekedAt(path: string): string[] {
  const prepare = vi.spyOn(DatabaseSync.prototype, "prepare");
  const peek = new Peek(path);
  peek.attempt("a1");
  peek.jobUuid(1);
  peek.waiting();
  peek.open();
  peek.adopted();
  peek.close();
  const asked = prepare.mock.calls.map(([sql]) => sql);
  prepare.mockRestore();
  return asked.filter((sql) => sql.startsWith("SELECT"));
}

const reasonFor = (sql: string) => exceptions.find(([beginning]) => sql.startsWith(beginning));

describe("a statement of the store", () => {
  it("reads no table that grows with the history from end to end, and sorts none", () => {
    expect(statements.length).toBeGreaterThan(80);
    const slow = statements
      .filter((sql) => reasonFor(sql) === undefined)
      .map((sql) => ({ sql, steps: slowSteps(sql) }))
      .filter(({ steps }) => steps.length > 0);
    expect(slow).toEqual([]);
  });

  it("is an exception only while it needs to be one", () => {
    for (const [beginning] of exceptions) {
      const found = statements.filter((sql) => sql.startsWith(beginning));
      const slow = found.filter((sql) => slowSteps(sql).length > 0);
      expect(slow.length, beginning).toBeGreaterThan(0);
    }
  });
});

/** Scans of lists in JSON and of tables with live jobs only are not slow. */
function slowSteps(sql: string): string[] {
  const steps = planOf(plans, sql);
  const tables = steps.map((step) => /^(?:SCAN|SEARCH) (\w+)/.exec(step)?.[1] ?? "");
  const reads = tables.some((table) => growing.has(table));
  return steps.filter(
    (step, index) =>
      (step.startsWith("SCAN") && growing.has(tables[index] ?? "") && !ofLive.test(step)) ||
      (reads && step.includes("TEMP B-TREE")),
  );
}
