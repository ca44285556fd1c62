import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { jobRequest, type JobRequest } from "../contract/job-request.ts";
import { FakeEngine } from "../engines/testing/fake-engine.ts";
import type { State } from "../job/states.ts";
import { storageRefusal } from "../store/storage-refusal.ts";
import type { Store } from "../store/store.ts";
import { FakeClock } from "../system/fake-clock.ts";
import type { RunningSupervisor } from "./supervise.ts";
import { superviseFile } from "./testing/supervised-file.ts";

let folder: string;
let store: Store;
let supervisor: RunningSupervisor;
let engine: FakeEngine;
let clock: FakeClock;
let ended: number;
let running: number;
let other: number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-pages-"));
  [engine, clock] = [new FakeEngine(), new FakeClock()];
  ({ store, supervisor } = superviseFile({ folder, engine, clock, gpuUuids: ["GPU-1", "GPU-2"] }));
  await supervisor.recover();
  ended = await submit({});
  await reaches(ended, "running");
  engine.of(ended).end({ main: { pid: 812, code: 7, signal: null, core: false } });
  await reaches(ended, "failed");
  [running, other] = [await submit({ gpus: 1 }), await submit({})];
  for (const id of [running, other]) await reaches(id, "running");
});

afterEach(() => {
  supervisor.close();
  try {
    store.close();
  } catch {
    // What is damaged cannot be put away.
  }
  rmSync(folder, { recursive: true });
});

async function submit(request: Partial<JobRequest>): Promise<number> {
  const asked = jobRequest.parse({ command: ["train"], cwd: "/", tags: ["a"], ...request });
  const result = await supervisor.submit(asked, null);
  if (!result.ok) throw new Error(result.refusal.code);
  return result.value.job.id;
}

function reaches(id: number, state: State): Promise<void> {
  return new Promise((resolve) => {
    const sample = async () => {
      const job = await supervisor.show(id);
      if (!job.ok || job.value.state !== state) return;
      unsubscribe();
      resolve();
    };
    const unsubscribe = supervisor.subscribe(id, () => void sample());
    void sample();
  });
}

/** Every page of one table or index, in the file that the server has open. */
function overwrite(name: string): void {
  const path = join(folder, "holdfast.db");
  expect(store.checkpoint()).toBe(true);
  const db = new DatabaseSync(path);
  const pages = db.prepare("SELECT pgoffset, pgsize FROM dbstat WHERE name = ?").all(name);
  // A commit of another connection: the server reads what it has in its cache again.
  db.exec("PRAGMA application_id = 7");
  db.close();
  expect(pages.length).toBeGreaterThan(0);
  const file = openSync(path, "r+");
  for (const { pgoffset, pgsize } of pages)
    writeSync(file, Buffer.alloc(Number(pgsize), 0xa5), 0, Number(pgsize), Number(pgoffset));
  closeSync(file);
}

/** `ok`, or the code that a client gets: an error without a code is thrown. */
async function answered(ask: () => unknown): Promise<string> {
  try {
    const answer = (await ask()) as { ok?: boolean; refusal?: { code: string } } | undefined;
    return answer?.refusal?.code ?? "ok";
  } catch (error) {
    const refusal = storageRefusal(error, folder);
    if (refusal === null) throw error;
    return refusal.code;
  }
}

const query = { states: [], tag: null, name: null, select: null, cursor: null, limit: 100 };
const verbs: Record<string, () => unknown> = {
  list: () => supervisor.list(query),
  listByTag: () => supervisor.list({ ...query, tag: "a", states: ["failed"] }),
  show: () => supervisor.show(ended),
  showRunning: () => supervisor.show(running),
  receipt: () => supervisor.receipt(ended),
  attempts: () => supervisor.attempts(ended),
  events: () => supervisor.events({ job: null, after: 0, limit: 100 }),
  output: () => supervisor.output(ended, "stdout"),
  processes: () => supervisor.processes(running),
  select: () => supervisor.list({ ...query, select: "1" }),
  gpus: () => supervisor.gpus(),
  submit: () => supervisor.submit(jobRequest.parse({ command: ["x"], cwd: "/" }), "key"),
  retry: () => supervisor.retry(ended),
  hold: () => supervisor.hold(ended),
  remove: () => supervisor.remove(ended),
};
const known = new Set([
  "ok",
  "store_damaged",
  "record_damaged",
  "no_receipt",
  "no_such_job",
  "no_output",
  "already_ended",
  "not_allowed_now",
]);

const objects = [
  "jobs",
  "documents",
  "attempts",
  "events",
  "allocations",
  "stop_requests",
  "job_tags",
  "marks",
  "jobs_by_state",
  "jobs_queued",
  "events_by_job",
  "stop_requests_by_job",
];

describe("pages that are damaged under a running server", () => {
  it.each(objects)(
    "%s: verbs have an answer or a code, and stops reach the keepers",
    async (name) => {
      overwrite(name);
      expect(await answered(() => supervisor.cancel(running, 5000))).toBe("ok");
      expect(await answered(() => supervisor.kill(other))).toBe("ok");
      for (const id of [running, other]) expect(engine.of(id).said.join()).toContain("stop cancel");
      for (const [verb, ask] of Object.entries(verbs))
        expect([verb, known.has(await answered(ask))]).toEqual([verb, true]);
      // A day of upkeep, and ends that cannot be recorded: nothing of it ends the server.
      for (const id of [running, other]) engine.of(id).end({ reason: "cancel" });
      for (let round = 0; round < 50; round += 1) {
        clock.advance(30 * 60_000);
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect((await supervisor.health()).status).toBe("ok");
    },
  );

  it.each(["jobs", "jobs_by_state", "allocations", "jobs_queued"])(
    "%s: the health says what to do",
    async (name) => {
      overwrite(name);
      await answered(verbs["list"] ?? (() => null));
      await answered(verbs["submit"] ?? (() => null));
      // It reads the queue.
      supervisor.gpusFound();
      await new Promise((resolve) => setImmediate(resolve));
      expect((await supervisor.health()).warnings.join("\n")).toContain("holdfast repair");
    },
  );

  it("a commit that meets a damaged page does not keep others of its turn from being recorded", async () => {
    overwrite("documents");
    const [met, first, last] = await Promise.allSettled([
      store.commit("submit", () => store.jobs.get(running)),
      store.commit("submit", () => store.marks.set("passed-time", 1)),
      store.commit("submit", () => store.marks.set("secrets-removed", 2)),
    ]);
    expect([first.status, last.status]).toEqual(["fulfilled", "fulfilled"]);
    expect(store.marks.get("passed-time")).toBe(1);
    expect(met).toBeDefined();
  });

  it("documents: the end of a job whose specification and environment are there is recorded", async () => {
    overwrite("documents");
    engine.of(other).end({ main: { pid: 812, code: 7, signal: null, core: false } });
    const failed = reaches(other, "failed").then(() => true);
    const later = () => new Promise<false>((resolve) => void setImmediate(() => resolve(false)));
    // The first try meets the page; the next ones come with the time that passes.
    for (let round = 0; round < 100 && !(await Promise.race([failed, later()])); round += 1)
      clock.advance(1000);
    expect(store.jobs.get(other)?.state).toBe("failed");
    expect(await answered(() => supervisor.receipt(other))).toBe("ok");
    expect(store.allocations.all()).toMatchObject([{ job: running }]);
  });
});
