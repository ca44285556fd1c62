import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { jobRequest } from "../contract/job-request.ts";
import { resourcesFor } from "../job/allocation.ts";
import { AllocationConflict } from "./allocations.ts";
import type { AttemptRow } from "./rows.ts";
import { Store } from "./store.ts";

let folder: string;
let path: string;
let store: Store;

const open = () => new Store({ path, soon: (callback) => void setImmediate(callback) });

const migrations = new URL("migrations/", import.meta.url);

/** A database as the version before allocations left it. */
function olderDatabase(rows: string): void {
  const database = new DatabaseSync(path);
  database.exec("PRAGMA synchronous = OFF");
  for (const name of readdirSync(migrations).toSorted().slice(0, 8))
    database.exec(readFileSync(new URL(name, migrations), "utf8"));
  database.exec("PRAGMA user_version = 8");
  database.exec(rows);
  database.close();
}

const job = (id: number, state: string, attempt: string | null): string =>
  `INSERT INTO jobs (id, state, priority, gpus, spec, env, created_at_ms, attempt)
     VALUES (${id}, '${state}', 0, 0, '{}', '{}', 1, ${attempt === null ? "NULL" : `'${attempt}'`});`;

const attempt = (id: string, of: number, number: number, gpus: string[], ended = false): string =>
  `INSERT INTO attempts (id, job, number, nonce, boot_id, tier, gpu_uuids, created_at_ms, ended_at_ms)
     VALUES ('${id}', ${of}, ${number}, 'n', 'b', 'cgroup', '${JSON.stringify(gpus)}', 1, ${ended ? 2 : "NULL"});`;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-allocations-"));
  path = join(folder, "holdfast.db");
});

afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

describe("a database from a version without allocations", () => {
  it("has those of its unfinished attempts, whatever state they are in, and of no others", () => {
    olderDatabase(
      [
        job(1, "running", "a"),
        attempt("a", 1, 1, ["GPU-a", "GPU-b"]),
        job(2, "stopping", "b"),
        attempt("b", 2, 1, []),
        job(3, "starting", "c2"),
        attempt("c1", 3, 1, ["GPU-c"], true),
        attempt("c2", 3, 2, ["GPU-c"]),
        job(4, "paused", "d"),
        attempt("d", 4, 1, ["GPU-d"]),
        job(5, "succeeded", "e"),
        attempt("e", 5, 1, ["GPU-e"], true),
        job(6, "queued", "f"),
        attempt("f", 6, 1, ["GPU-e"], true),
        job(7, "held", null),
      ].join("\n"),
    );
    store = open();
    expect(store.allocations.all()).toEqual([
      { attempt: "a", job: 1, resources: resourcesFor(["GPU-a", "GPU-b"]) },
      { attempt: "b", job: 2, resources: resourcesFor([]) },
      { attempt: "c2", job: 3, resources: resourcesFor(["GPU-c"]) },
      { attempt: "d", job: 4, resources: resourcesFor(["GPU-d"]) },
    ]);
  });

  it("in which two attempts were given one GPU has both: each holds it until it ends", () => {
    olderDatabase(
      [
        job(1, "running", "a"),
        attempt("a", 1, 1, ["GPU-a"]),
        job(2, "running", "b"),
        attempt("b", 2, 1, ["GPU-a"]),
      ].join("\n"),
    );
    store = open();
    store.commitNow("end", () => store.attempts.ended("a", 3, null));
    expect(store.allocations.all()).toEqual([
      { attempt: "b", job: 2, resources: resourcesFor(["GPU-a"]) },
    ]);
  });
});

describe("what an attempt holds", () => {
  beforeEach(() => {
    olderDatabase([job(1, "queued", null), job(2, "queued", null)].join("\n"));
    store = open();
  });

  const rowOf = (id: string, of: number, gpuUuids: string[]): AttemptRow => ({
    id,
    job: of,
    number: of === 7 ? Number(id.slice(1)) : 1,
    nonce: "n",
    sealHash: null,
    engine: "local",
    distrusted: false,
    bootId: "b",
    namespace: null,
    tier: "cgroup",
    cgroup: null,
    cgroupAlso: [],
    limits: [],
    gpuUuids,
    createdAtMs: 1,
    claim: null,
    startedAtMs: null,
    endedAtMs: null,
  });

  const begins = (id: string, of: number, gpus: string[]) => {
    store.attempts.insert(rowOf(id, of, gpus));
    store.allocations.take({ attempt: id, job: of, resources: resourcesFor(gpus) });
  };

  it("is refused to another while it lives, and nothing of that launch is on record", () => {
    store.commitNow("starting", () => begins("a", 1, ["GPU-a", "GPU-b"]));
    expect(() => store.commitNow("starting", () => begins("b", 2, ["GPU-c", "GPU-b"]))).toThrow(
      AllocationConflict,
    );
    expect(store.attempts.get("b")).toBeNull();
    expect(store.allocations.all()).toMatchObject([{ attempt: "a" }]);
  });

  it("is free in the transaction that records its end, and stays its own when that fails", () => {
    store.commitNow("starting", () => begins("a", 1, ["GPU-a"]));
    expect(() =>
      store.commitNow("end", () => {
        store.attempts.ended("a", 2, null);
        throw new Error("the power goes");
      }),
    ).toThrow("the power goes");
    expect(store.allocations.of("a")).toMatchObject({ resources: { slots: 1 } });
    store.commitNow("end", () => store.attempts.ended("a", 2, null));
    expect(store.allocations.of("a")).toBeNull();
    store.commitNow("starting", () => begins("b", 2, ["GPU-a"]));
    expect(store.allocations.all()).toMatchObject([{ attempt: "b" }]);
  });

  it("outlives the server, and is there once", () => {
    store.commitNow("starting", () => {
      begins("a", 1, ["GPU-a"]);
      store.jobs.advance(1, "queued", "launch", 1, { attempt: "a" });
    });
    const before = store.allocations.all();
    store.close();
    store = open();
    expect(store.allocations.all()).toEqual(before);
  });

  it("is on record as well when a job is rebuilt from its folder while a server runs", () => {
    const attempts = [rowOf("r1", 7, ["GPU-a"]), rowOf("r2", 7, ["GPU-b"])];
    const { env: _, ...rest } = jobRequest.parse({ command: ["train"], cwd: "/" });
    const limits = {
      limitMs: null,
      graceMs: 1,
      leaseMs: null,
      outputQuotaBytes: null,
      stopScope: "all" as const,
    };
    const spec = { ...rest, ...limits, name: null, rlimits: {}, envNames: [] };
    const job7 = {
      id: 7,
      uuid: null,
      spec,
      createdAtMs: 1,
      state: "starting",
      message: "",
      attempts,
    } as const;
    store.commitNow("starting", () => {
      store.rebuild.insert({ ...job7, attempts }, 1);
      store.rebuild.catchUp(1, rowOf("c", 1, ["GPU-c"]), 1);
    });
    expect(store.allocations.all()).toEqual([
      { attempt: "c", job: 1, resources: resourcesFor(["GPU-c"]) },
      { attempt: "r2", job: 7, resources: resourcesFor(["GPU-b"]) },
    ]);
  });
});
