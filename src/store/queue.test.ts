import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { unlimited } from "../job/limits.ts";
import type { JobSpec } from "../job/spec.ts";
import { migrations } from "./migrations.ts";
import type { Wait } from "./rows.ts";
import { Queue } from "./queue.ts";
import { Store } from "./store.ts";
import { planOf } from "./testing/query-plan.ts";

let store: Store;

const spec: JobSpec = {
  command: ["python3", "train.py"],
  name: "train",
  cwd: "/data",
  env: { TOKEN: "s3cret", PATH: "/usr/bin" },
  tags: ["mnist", "nightly"],
  limitMs: null,
  graceMs: 10_000,
  leaseMs: null,
  leftovers: "stop",
  escaped: "report",
  container: null,
  stopSignal: "TERM",
  stopScope: "all",
  output: "joined",
  outputQuotaBytes: null,
  gpus: 0,
  priority: 0,
  held: false,
  limits: { ...unlimited, memoryMaxBytes: 2 ** 30 },
  strictLimits: false,
  cpus: null,
  nice: null,
  rlimits: {},
  retries: { max: 0, on: [], delayMs: 0 },
};

beforeEach(() => {
  store = new Store({ path: ":memory:", soon: (callback) => void setImmediate(callback) });
});

afterEach(() => store.close());

function submit(...list: Partial<JobSpec>[]): void {
  store.commitNow("submit", () => {
    for (const one of list) store.jobs.insert({ ...spec, ...one }, 1, null);
  });
}

function runAndRetry(id: number, wait: Wait): void {
  store.jobs.advance(id, "queued", "launch", 1);
  store.jobs.advance(id, "starting", "launched", 1);
  store.jobs.advance(id, "running", "retry", 1, { wait });
}

const ids = (rows: { id: number }[]) => rows.map(({ id }) => id);

describe("the queue", () => {
  it("knows each number of GPUs that is asked for once, and none of held jobs", () => {
    submit({ gpus: 2 }, {}, { gpus: 2 }, { gpus: 8, held: true }, { gpus: 1 });
    expect(store.queue.gpuCounts()).toEqual([0, 1, 2]);
  });

  it("is empty without queued jobs", () => {
    expect(store.queue.gpuCounts()).toEqual([]);
    expect(store.queue.after(null, 0, 1, 9)).toEqual([]);
  });

  it("is read in order, from any place on", () => {
    submit({}, { priority: 5 }, { priority: 5 }, { gpus: 1 }, { priority: -3 }, {});
    const first = store.queue.after(null, 0, 1, 2);
    expect(ids(first)).toEqual([2, 3]);
    expect(ids(store.queue.after(first.at(-1) ?? null, 0, 1, 2))).toEqual([1, 6]);
    expect(ids(store.queue.after({ id: 1, priority: 0 }, 0, 1, 9))).toEqual([6, 5]);
    expect(ids(store.queue.after({ id: 5, priority: -3 }, 0, 1, 9))).toEqual([]);
  });

  it("leaves out jobs whose wait is not over, and says when the first one is", () => {
    submit({}, {}, {});
    const wait = (id: number, fromMs: number, untilMs: number) =>
      store.commitNow("again", () => {
        runAndRetry(id, { fromMs, untilMs });
      });
    wait(1, 10, 50);
    wait(3, 10, 40);
    expect(ids(store.queue.after(null, 0, 20, 9))).toEqual([2]);
    expect(store.queue.nextWaitEndsMs(20)).toBe(40);
    expect(ids(store.queue.after(null, 0, 40, 9))).toEqual([2, 3]);
    expect(store.queue.nextWaitEndsMs(40)).toBe(50);
    expect(store.queue.nextWaitEndsMs(50)).toBeNull();
  });

  it("asks for the next end of a wait without reading those that are over", () => {
    submit({});
    const asked: string[] = [];
    const queue = new Queue({ one: (sql: string) => void asked.push(sql), all: () => [] });
    queue.nextWaitEndsMs(1);
    const database = new DatabaseSync(":memory:");
    for (const { sql } of migrations) database.exec(sql);
    expect(asked.flatMap((sql) => planOf(database, sql))).toEqual([
      "SEARCH jobs USING INDEX jobs_retried_later (wait_until_ms>?)",
    ]);
    database.close();
  });

  it("passes over the jobs that wait in the index alone", () => {
    const asked: string[] = [];
    const queue = new Queue({
      one: () => undefined,
      all: (sql: string) => {
        asked.push(sql);
        return [];
      },
    });
    queue.after({ id: 1, priority: 0 }, 0, 1, 9);
    const database = new DatabaseSync(":memory:");
    for (const { sql } of migrations) database.exec(sql);
    const plans = asked.flatMap((sql) => planOf(database, sql));
    expect(plans).toHaveLength(2);
    for (const plan of plans) expect(plan).toContain("USING COVERING INDEX jobs_queued");
    database.close();
  });

  it("does not wait if the clock was set back to before the wait began", () => {
    submit({});
    store.commitNow("again", () => {
      runAndRetry(1, { fromMs: 100, untilMs: 200 });
    });
    expect(ids(store.queue.after(null, 0, 99, 9))).toEqual([1]);
    expect(store.queue.nextWaitEndsMs(99)).toBeNull();
  });

  it("is read by its indexes alone: no statement sorts, and none scans a table", () => {
    const database = new DatabaseSync(":memory:");
    for (const { sql } of migrations) database.exec(sql);
    const statements: string[] = [];
    const queue = new Queue({
      one: (sql: string) => void statements.push(sql),
      all: (sql: string) => {
        statements.push(sql);
        return [];
      },
    });
    queue.gpuCounts();
    queue.after(null, 0, 1, 9);
    queue.after({ id: 1, priority: 0 }, 0, 1, 9);
    queue.nextWaitEndsMs(1);
    expect(statements).toHaveLength(5);
    for (const sql of statements) {
      const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all();
      const steps = plan.map(({ detail }) => String(detail));
      expect(steps.filter((step) => /TEMP B-TREE|SCAN jobs(?! USING)/.test(step))).toEqual([]);
    }
    database.close();
  });
});
