import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { JobEvent } from "../contract/event.ts";
import { RefusalError } from "../contract/problems.ts";
import { unlimited } from "../job/limits.ts";
import type { JobSpec } from "../job/spec.ts";
import type { StopRequest } from "../job/stop-request.ts";
import { states } from "../job/states.ts";
import { schemaVersion } from "./migrations.ts";
import { StateConflict } from "./jobs.ts";
import { ServerLock } from "./server-lock.ts";
import { Store } from "./store.ts";

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

let folder: string;
let path: string;
let store: Store;

const open = (file: string) =>
  new Store({ path: file, soon: (callback) => void setImmediate(callback) });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-store-"));
  path = join(folder, "holdfast.db");
  store = open(path);
});

afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const insert = (...args: Parameters<Store["jobs"]["insert"]>) =>
  store.commitNow("submit", () => store.jobs.insert(...args));

describe("jobs", () => {
  it("are given back as they were stored, but for the environment's values", () => {
    const id = insert(spec, 1000, null);
    const job = store.jobs.get(id);
    expect(job).toMatchObject({
      id,
      state: "queued",
      createdAtMs: 1000,
      outcome: null,
      stopReason: null,
    });
    const { env: _, ...rest } = spec;
    expect(job?.spec).toEqual({ ...rest, envNames: ["PATH", "TOKEN"] });
    expect(JSON.stringify(job)).not.toContain("s3cret");
    expect(store.jobs.environmentOf(id)).toEqual(spec.env);
  });

  it("never reuse an id, also after the last was removed", () => {
    const id = insert(spec, 1, null);
    store.commitNow("submit", () => store.jobs.advance(id, "queued", "cancelled", 2));
    store.commitNow("submit", () => store.jobs.remove(id, "cancelled", 3));
    expect(insert(spec, 4, null)).toBe(id + 1);
  });

  it("are filtered by state, tag, name and ids, newest first", () => {
    const ids = [1, 2, 3].map((n) => insert({ ...spec, name: `n${n}`, tags: [`t${n}`] }, n, null));
    const none = { states: [], tag: null, name: null, ids: null, before: null, limit: 10 };
    expect(store.jobs.list(none).map(({ id }) => id)).toEqual(ids.toReversed());
    expect(store.jobs.list({ ...none, tag: "t2" }).map(({ id }) => id)).toEqual([ids[1]]);
    expect(store.jobs.list({ ...none, name: "n3" }).map(({ id }) => id)).toEqual([ids[2]]);
    expect(store.jobs.list({ ...none, ids: [1, 3, 99] }).map(({ id }) => id)).toEqual([3, 1]);
    expect(store.jobs.list({ ...none, states: ["running"] })).toEqual([]);
    expect(store.jobs.list({ ...none, before: 3, limit: 1 }).map(({ id }) => id)).toEqual([2]);
  });
});

describe("a state", () => {
  it("is written together with its event, which is published after the commit", () => {
    const published: JobEvent[] = [];
    store.onCommitted = (events) => void published.push(...events);
    const id = insert(spec, 1000, null);
    store.commitNow("submit", () => {
      store.jobs.advance(id, "queued", "hold", 2000);
      expect(published.length).toBe(1);
    });
    expect(published.map(({ seq, type, state }) => ({ seq, type, state }))).toEqual([
      { seq: 1, type: "submitted", state: "queued" },
      { seq: 2, type: "state", state: "held" },
    ]);
    expect(store.events.after(id, 0, 10)).toEqual(published);
  });

  it("cannot be written outside of a commit", () => {
    expect(() => store.jobs.insert(spec, 1, null)).toThrow("outside of a transaction");
  });

  it("is not written when another is expected, nor against the table, and then there is no event", () => {
    const id = insert(spec, 1000, null);
    const before = store.events.lastSeq();
    expect(() =>
      store.commitNow("submit", () => store.jobs.advance(id, "held", "release", 1)),
    ).toThrow(StateConflict);
    expect(() =>
      store.commitNow("submit", () => store.jobs.advance(id, "queued", "succeeded", 1)),
    ).toThrow(StateConflict);
    expect(store.jobs.get(id)?.state).toBe("queued");
    expect(store.events.lastSeq()).toBe(before);
  });

  it("that is terminal stays, with the time of its end", () => {
    const id = insert(spec, 1000, null);
    store.commitNow("submit", () =>
      store.jobs.advance(id, "queued", "cancelled", 3000, { reason: "cancel" }),
    );
    expect(() =>
      store.commitNow("submit", () => store.jobs.advance(id, "cancelled", "launch", 1)),
    ).toThrow(StateConflict);
    expect(store.jobs.get(id)).toMatchObject({
      state: "cancelled",
      endedAtMs: 3000,
      reason: "cancel",
    });
  });

  it("can only be one of the table's, also for the database", () => {
    const sql = readFileSync(new URL("migrations/001-initial.sql", import.meta.url), "utf8");
    const listed = /CHECK \(state IN \(([^)]*)\)\)/
      .exec(sql)?.[1]
      ?.split(", ")
      .map((word) => word.slice(1, -1));
    expect(listed).toEqual(states);
  });

  it("and what it was together with are gone when the transaction fails", () => {
    const id = insert(spec, 1000, null);
    const before = store.events.lastSeq();
    expect(() =>
      store.commitNow("submit", () => {
        store.commitNow("submit", () => store.jobs.advance(id, "queued", "hold", 1));
        throw new Error("the power goes");
      }),
    ).toThrow("the power goes");
    expect(store.jobs.get(id)?.state).toBe("queued");
    expect(store.events.lastSeq()).toBe(before);
  });
});

describe("a database from a version without limits", () => {
  it("gets them: none in a specification, none in a receipt", () => {
    const old = join(folder, "old.db");
    const database = new DatabaseSync(old);
    database.exec(
      readFileSync(new URL("migrations/001-initial.sql", import.meta.url), "utf8") +
        "; PRAGMA user_version = 1",
    );
    database.exec(`INSERT INTO jobs (state, priority, gpus, spec, env, created_at_ms)
        VALUES ('succeeded', 0, 0, '{"cpus":"0","rlimits":{}}', '{}', 1);
      INSERT INTO attempts (id, job, number, nonce, boot_id, tier, gpu_uuids, created_at_ms, receipt)
        VALUES ('a', 1, 1, 'n', 'b', 'cgroup', '[]', 1, '{"jobId":1}'), ('b', 1, 2, 'n', 'b', 'cgroup', '[]', 1, NULL)`);
    database.close();
    const migrated = open(old);
    expect(migrated.jobs.get(1)?.spec).toMatchObject({
      cpus: "0",
      limits: unlimited,
      strictLimits: false,
      escaped: "report",
      container: null,
    });
    expect(migrated.receipts.of("a")).toEqual({
      gpus: null,
      jobId: 1,
      oomVictims: [],
      pidsPeak: null,
      cpuThrottledUs: null,
      cpuThrottledPeriods: null,
      pressure: null,
      limits: [],
      escaped: null,
      escapedOmitted: 0,
      container: null,
      sharedMemory: null,
    });
    expect(migrated.receipts.of("b")).toBeNull();
    expect(migrated.attempts.get("b")).toMatchObject({ cgroupAlso: [], limits: [] });
    migrated.close();
  });
});

describe("requests to stop", () => {
  const first: StopRequest = {
    number: 1,
    reason: "cancel",
    graceMs: 30_000,
    prolong: false,
    atMs: 2000,
    client: { uid: 0, pid: 7, command: "curl", parent: { pid: 6, command: "sh" }, says: "curl/8" },
  };
  const second: StopRequest = {
    ...first,
    number: 2,
    reason: "shutdown",
    graceMs: 0,
    prolong: true,
    client: null,
  };

  it("are all kept, in order; the first reason is the job's", () => {
    const id = insert(spec, 1000, null);
    store.commitNow("cancel", () => {
      for (const request of [first, second]) {
        store.stopRequests.add(id, null, request);
        store.jobs.stopRequested(id, "queued", request);
      }
    });
    expect(store.jobs.get(id)?.stopReason).toBe("cancel");
    expect(store.stopRequests.ofJob(id)).toEqual([first, second]);
    expect(store.stopRequests.ofAttempt("unknown")).toEqual([]);
  });
});

describe("commits of one turn", () => {
  it("are one transaction, in which each succeeds or fails separately", async () => {
    const published: number[] = [];
    store.onCommitted = (events) => void published.push(...events.map(({ seq }) => seq ?? 0));
    const results = await Promise.allSettled([
      store.commit("submit", () => store.jobs.insert(spec, 1, null)),
      store.commit("submit", () => {
        store.jobs.insert(spec, 2, null);
        throw new Error("this one fails");
      }),
      store.commit("submit", () => store.jobs.insert(spec, 3, null)),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(store.jobs.get(1)?.createdAtMs).toBe(1);
    expect(store.jobs.get(2)?.createdAtMs).toBe(3);
    expect(store.events.after(null, 0, 10).map(({ seq }) => seq)).toEqual(published);
  });

  it("all fail where one of them rolled the transaction back, as a full disk does, and nothing is written", async () => {
    const db = new DatabaseSync(path);
    db.exec(
      "CREATE TRIGGER full BEFORE INSERT ON submissions BEGIN SELECT RAISE(ROLLBACK, 'full'); END",
    );
    db.close();
    const made = await Promise.allSettled([
      store.commit("submit", () => store.jobs.insert(spec, 1, null)),
      store.commit("submit", () => store.submissions.insert("key", "hash", 1, 2)),
      store.commit("submit", () => store.jobs.insert(spec, 3, null)),
    ]);
    expect(made.map((one) => one.status === "rejected" && String(one.reason))).toEqual(
      Array.from({ length: 3 }, () => "Error: full"),
    );
    expect(store.jobs.get(1)).toBeNull();
    expect(store.jobs.get(2)).toBeNull();
    expect(store.commits).toBe(0);
  });

  it("that are still waiting are made when the store is closed", async () => {
    const made = store.commit("submit", () => store.jobs.insert(spec, 1, null));
    store.close();
    expect(await made).toBe(1);
    store = open(path);
    expect(store.jobs.get(1)).not.toBeNull();
  });
});

describe("the file", () => {
  it("opens again with everything in it", () => {
    const id = insert(spec, 1000, null);
    store.close();
    store = open(path);
    expect(store.jobs.get(id)?.spec.command).toEqual(spec.command);
  });

  it("of a newer Holdfast is refused and left as it is", () => {
    const newer = join(folder, "newer.db");
    const db = new DatabaseSync(newer);
    db.exec(`PRAGMA user_version = ${schemaVersion + 1}`);
    db.close();
    expect(() => open(newer)).toThrow(RefusalError);
    expect(refusalOf(() => open(newer))).toBe("store_too_new");
  });

  it("that is not a database is refused with the file named", () => {
    const broken = join(folder, "broken.db");
    writeFileSync(
      broken,
      "this is not a database, though it is long enough for a header".repeat(20),
    );
    expect(refusalOf(() => open(broken))).toBe("store_damaged");
    expect(readFileSync(broken, "utf8")).toContain("not a database");
  });
});

describe("the lock of a state folder", () => {
  it("is held by one only, and free again when its holder lets go", () => {
    const lockFile = join(folder, "server.lock");
    const first = ServerLock.take(lockFile);
    expect(first).not.toBeNull();
    expect(ServerLock.take(lockFile)).toBeNull();
    first?.release();
    const second = ServerLock.take(lockFile);
    expect(second).not.toBeNull();
    second?.release();
  });
});

function refusalOf(action: () => unknown): string | null {
  try {
    action();
    return null;
  } catch (error) {
    return error instanceof RefusalError ? error.refusal.code : String(error);
  }
}
