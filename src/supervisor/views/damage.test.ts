import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { jobRequest, type JobRequest } from "../../contract/job-request.ts";
import type { Job } from "../../contract/job.ts";
import type { Result } from "../../contract/problems.ts";
import { FakeEngine } from "../../engines/testing/fake-engine.ts";
import type { State } from "../../job/states.ts";
import { addUnpacking } from "../../store/packed-text.ts";
import type { Store } from "../../store/store.ts";
import { FakeClock } from "../../system/fake-clock.ts";
import type { RunningSupervisor } from "../supervise.ts";
import { superviseFile } from "../testing/supervised-file.ts";

let folder: string;
let store: Store;
let engine: FakeEngine;
let clock: FakeClock;
let supervisor: RunningSupervisor;
let defects: unknown[];
let gpus: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-damage-"));
  clock = new FakeClock();
  engine = new FakeEngine();
  defects = [];
  gpus = ["GPU-1"];
  await start();
});

afterEach(() => {
  supervisor.close();
  store.close();
  rmSync(folder, { recursive: true });
});

async function start(): Promise<void> {
  const onError = (details: object) => defects.push(details);
  ({ store, supervisor } = superviseFile({ folder, engine, clock, gpuUuids: gpus, onError }));
  await supervisor.recover();
}

/** Alters the database as nothing of Holdfast does, under the server. */
function alter(...statements: string[]): void {
  const db = new DatabaseSync(join(folder, "holdfast.db"));
  addUnpacking(db);
  for (const sql of statements) db.exec(sql);
  db.close();
}

/** The same between two servers. */
async function altered(...statements: string[]): Promise<void> {
  supervisor.close();
  store.close();
  alter(...statements);
  await start();
}

function accepted<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`refused: ${result.refusal.code}`);
  return result.value;
}

const show = async (id: number): Promise<Job> => accepted(await supervisor.show(id));
const all = { states: [], tag: null, name: null, select: null, cursor: null, limit: 100 };
const listed = async (): Promise<Job[]> => accepted(await supervisor.list(all)).jobs;

async function submit(request: Partial<JobRequest> = {}): Promise<number> {
  const asked = jobRequest.parse({ command: ["train", "--lr", "0.1"], cwd: "/", ...request });
  return accepted(await supervisor.submit(asked, null)).job.id;
}

function reaches(id: number, state: State): Promise<Job> {
  return new Promise((resolve) => {
    const sample = async () => {
      const job = await show(id);
      if (job.state !== state) return;
      unsubscribe();
      resolve(job);
    };
    const unsubscribe = supervisor.subscribe(id, () => void sample());
    void sample();
  });
}

/** One job of each kind: ended with 7, running on a GPU, held. */
async function threeJobs(): Promise<{ ended: number; running: number; held: number }> {
  const ended = await submit({ name: "first" });
  await reaches(ended, "running");
  engine.of(ended).end({ main: { pid: 812, code: 7, signal: null, core: false } });
  await reaches(ended, "failed");
  const running = await submit({ gpus: 1, leaseMs: 5000 });
  await reaches(running, "running");
  const held = await submit({ held: true });
  return { ended, running, held };
}

const columns = [
  "documents.document",
  "jobs.outcome",
  "attempts.claim",
  "attempts.limits",
  "attempts.cgroup_also",
  "attempts.gpu_uuids",
  "receipts.receipt",
  "attempt_gpus.baseline",
  "attempt_gpus.seen",
  "events.data",
];

const kinds = [
  { kind: "cut off", sql: "substr($, 1, length($) / 2)" },
  { kind: "no JSON", sql: "'\u0001\u0002 not json'" },
  { kind: "JSON of another shape", sql: "'[7]'" },
  { kind: "JSON null", sql: "'null'" },
];

describe("damaged JSON in the database", () => {
  for (const column of columns)
    for (const { kind, sql } of kinds)
      it(`${column}, ${kind}: the list is whole, and what runs is followed to its end`, async () => {
        const { ended, running, held } = await threeJobs();
        const [table = "", name = ""] = column.split(".");
        await altered(
          `UPDATE ${table} SET ${name} = ${sql.replaceAll("$", name)} WHERE ${name} IS NOT NULL`,
        );
        expect((await listed()).map(({ id, state }) => [id, state])).toEqual([
          [held, "held"],
          [running, "running"],
          [ended, "failed"],
        ]);
        await supervisor.events({ job: null, after: 0, limit: 1000 });
        accepted(await supervisor.attempts(ended));
        expect((await supervisor.health()).status).toBe("ok");
        accepted(await supervisor.cancel(running, null));
        expect(engine.of(running).said.some((message) => message.startsWith("stop cancel"))).toBe(
          true,
        );
        engine.of(running).end({ reason: "cancel" });
        expect(await reaches(running, "cancelled")).toMatchObject({
          outcome: { reason: "cancel" },
        });
        expect(defects).toEqual([]);
      });

  it("names the damaged fields, what is certain and the next step; other jobs have no such mark", async () => {
    const { ended, running, held } = await threeJobs();
    await altered(`UPDATE documents SET document = replace(holdfast_text(document), '0.1', '0.7')
         WHERE hash = (SELECT spec_hash FROM jobs WHERE id = ${ended})`);
    expect((await show(ended)).damaged).toEqual({
      fields: ["spec"],
      certain: ["state", "outcome", "startedAtMs", "endedAtMs", "attempt"],
      next: expect.stringContaining("holdfast repair"),
    });
    expect([(await show(running)).damaged, (await show(held)).damaged]).toEqual([
      undefined,
      undefined,
    ]);
    expect((await supervisor.health()).warnings.join()).toContain(`${ended} (spec)`);
  });

  it("a damaged specification or environment is not launched, nor tried again", async () => {
    const ids = [
      await submit({ held: true }),
      await submit({ held: true }),
      await submit({ held: true }),
    ];
    await altered(
      `UPDATE jobs SET spec_hash = substr(spec_hash, 2) WHERE id = ${ids[0]}`,
      `UPDATE jobs SET env_hash = substr(env_hash, 2) WHERE id = ${ids[1]}`,
      `UPDATE jobs SET gpus = 1 WHERE id = ${ids[2]}`,
    );
    for (const id of ids) accepted(await supervisor.release(id));
    const after = await submit();
    await reaches(after, "running");
    expect(engine.prepared.size).toBe(1);
    for (const id of ids)
      expect(await show(id)).toMatchObject({ state: "queued", waiting: { code: "damaged" } });
    for (const id of ids) accepted(await supervisor.cancel(id, null));
    expect(await show(ids[0] ?? 0)).toMatchObject({ state: "cancelled" });
    const again = await supervisor.retry(ids[1] ?? 0);
    expect(again).toMatchObject({ ok: false, refusal: { code: "record_damaged" } });
  });

  it("an altered receipt, or a lost one, is rebuilt from the sealed exit record, and says so", async () => {
    const { ended } = await threeJobs();
    const before = accepted(await supervisor.receipt(ended));
    for (const change of [
      `UPDATE receipts SET receipt = replace(holdfast_text(receipt), '"code":7', '"code":0')`,
      "DELETE FROM receipts",
    ]) {
      await altered(change);
      const { rebuilt, unproven, ...receipt } = accepted(await supervisor.receipt(ended));
      expect(rebuilt?.from).toBe("exit.json");
      expect(unproven.at(-1)?.why).toContain("sealed exit record");
      expect(receipt).toMatchObject({ outcome: { code: 7 }, proof: before.proof });
      expect(accepted(await supervisor.receipt(ended, 1)).outcome).toEqual(before.outcome);
    }
    await altered(`UPDATE jobs SET outcome = replace(holdfast_text(outcome), '7', '0')`);
    expect(accepted(await supervisor.receipt(ended)).outcome).toEqual(before.outcome);
  });

  it("a rebuilt receipt reports no shutdown of a machine that has not gone down since", async () => {
    const id = await submit();
    await reaches(id, "running");
    engine.of(id).end({ reason: "shutdown" });
    expect(await reaches(id, "cancelled")).toMatchObject({ reason: "keeper_terminated" });
    await altered(
      "DELETE FROM receipts",
      `UPDATE jobs SET outcome = replace(holdfast_text(outcome), '0', '1')`,
    );
    expect(accepted(await supervisor.receipt(id)).outcome.reason).toBe("keeper_terminated");
  });

  it("an altered receipt is refused with what is certain, and is not shown", async () => {
    const { ended } = await threeJobs();
    // No record with its keeper's seal is left.
    engine.of(ended).exit = null;
    await altered(
      `UPDATE receipts SET receipt = replace(holdfast_text(receipt), '"code":7', '"code":0')`,
    );
    const refusal = {
      code: "record_damaged",
      details: { what: expect.stringContaining("failed, exit 7") },
    };
    expect(await supervisor.receipt(ended)).toMatchObject({ ok: false, refusal });
    expect(await supervisor.receipt(ended, 1)).toMatchObject({ ok: false, refusal });
    expect(accepted(await supervisor.attempts(ended)).attempts).toMatchObject([
      { state: null, outcome: null, damaged: ["receipt", "state", "outcome"].slice(1) },
    ]);
  });

  it("an altered state is what its events say, and the job can still end", async () => {
    const { running } = await threeJobs();
    await altered(
      "PRAGMA ignore_check_constraints = ON",
      `UPDATE jobs SET state = 'runnin?' WHERE id = ${running}`,
    );
    expect(await show(running)).toMatchObject({ state: "running", damaged: { fields: ["state"] } });
    accepted(await supervisor.cancel(running, null));
    await reaches(running, "stopping");
  });

  it("an altered claim decides nothing: the job is followed by what its keeper says", async () => {
    const { running } = await threeJobs();
    const before = engine.of(running);
    await altered(
      `UPDATE attempts SET claim = replace(claim, '"pid":', '"pid":9') WHERE job = ${running}`,
    );
    expect(await show(running)).toMatchObject({ state: "running" });
    before.end({ main: { pid: 812, code: 0, signal: null, core: false } });
    expect(await reaches(running, "succeeded")).toMatchObject({ outcome: { code: 0 } });
  });
});

describe("a damaged record of what a job holds", () => {
  const others = [
    "amount = 0",
    "kind = 'gpv'",
    "job = 9",
    "attempt = 'x' || attempt",
    "sums = NULL",
  ];
  const damages = ["name = 'GPU-9'", ...others].map((set) => ({ set }));

  it.each(damages)("$set: its GPU is not assigned twice, and it is reported", async ({ set }) => {
    const holder = await submit({ gpus: 1 });
    await reaches(holder, "running");
    alter("PRAGMA foreign_keys = OFF", `UPDATE OR IGNORE allocations SET ${set}`);
    const second = await submit({ gpus: 1 });
    await reaches(await submit(), "running");
    expect(await show(second)).toMatchObject({ state: "queued", waiting: { code: "gpus" } });
    expect((await show(holder)).damaged?.fields).toEqual(["allocation"]);
    expect((await supervisor.health()).warnings.join()).toContain(`jobs ${holder} hold is damaged`);
    engine.of(holder).end();
    await reaches(holder, "succeeded");
    await reaches(second, "running");
    // At the latest, the next server rebuilds the record.
    await altered();
    await reaches(second, "running");
    expect((await supervisor.health()).warnings.join()).not.toContain("hold is damaged");
    expect(defects).toEqual([]);
  });

  it.each(["name = 'GPU-9'", "sums = NULL"])(
    "%s, and the attempt's own as well: no GPU is assigned until it ends, nor by the next server",
    async (set) => {
      gpus.push("GPU-2");
      const holder = await submit({ gpus: 1 });
      await reaches(holder, "running");
      const damage = [
        `UPDATE allocations SET ${set} WHERE kind = 'gpu'`,
        `UPDATE attempts SET gpu_uuids = '["GPU-8"]'`,
      ];
      alter(...damage);
      const second = await submit({ gpus: 1 });
      await reaches(await submit(), "running");
      const waits = { code: "gpus", message: expect.stringContaining(`job ${holder} holds`) };
      expect((await show(second)).waiting).toMatchObject(waits);
      await altered();
      await reaches(await submit(), "running");
      expect((await show(second)).waiting).toMatchObject(waits);
      engine.of(holder).end();
      await reaches(holder, "succeeded");
      await reaches(second, "running");
    },
  );

  it("a slot of a damaged record stays in use", async () => {
    const holder = await submit();
    await reaches(holder, "running");
    alter("UPDATE allocations SET amount = 0");
    expect(store.allocations.all()).toMatchObject([{ resources: { slots: 1 } }]);
    alter("DELETE FROM allocations");
    await altered();
    expect(store.allocations.all()).toMatchObject([{ job: holder, resources: { slots: 1 } }]);
  });
});

describe("damaged requests to stop", () => {
  const damages = [
    "grace_ms = 0",
    "number = 0",
    "reason = 'exited'",
    "prolong = 1",
    "attempt = 'another'",
    "attempt = NULL",
    "client = '{'",
  ];

  /** A server that was killed before it passed the request on. */
  async function requested(...statements: string[]): Promise<number> {
    const { running } = await threeJobs();
    const request = {
      number: 1,
      reason: "cancel",
      graceMs: 70_000,
      prolong: false,
      atMs: 1,
    } as const;
    const attempt = store.jobs.get(running)?.attempt ?? null;
    store.commitNow("cancel", () => {
      store.stopRequests.add(running, attempt, { ...request, client: null });
      store.jobs.stopRequested(running, "stopping", { ...request, client: null });
      store.jobs.advance(running, "running", "stop", 1, { reason: "cancel" });
    });
    await altered(...statements);
    return running;
  }

  it.each(damages)(
    "%s: the stop is carried out, with no grace that was not asked for",
    async (set) => {
      const running = await requested(`UPDATE stop_requests SET ${set}`);
      const said = engine.of(running).said.filter((message) => message.startsWith("stop cancel"));
      expect(said).toHaveLength(1);
      expect(said[0]).toContain(set.startsWith("grace") ? "10000" : "70000");
      engine.of(running).end({ reason: "cancel" });
      await reaches(running, "cancelled");
      const { stopRequests = [] } = accepted(await supervisor.receipt(running));
      const [column = ""] = set.split(" ");
      expect(stopRequests).toMatchObject([
        { reason: "cancel", prolong: false, damaged: [column === "grace_ms" ? "graceMs" : column] },
      ]);
    },
  );

  it("lost ones: that a stop was requested is known from the job, and is carried out", async () => {
    const running = await requested("DELETE FROM stop_requests");
    expect(engine.of(running).said.join()).toContain("stop cancel");
  });
});

describe("damaged tags", () => {
  it("a list by tag has no job without that tag, and the next server rebuilds the table", async () => {
    const [first, second] = [await submit({ tags: ["a"] }), await submit({ tags: ["b"] })];
    const tagged = async (tag: string) =>
      accepted(await supervisor.list({ ...all, tag })).jobs.map(({ id }) => id);
    alter(`UPDATE job_tags SET tag = 'b' WHERE job = ${first}`);
    expect(await tagged("b")).toEqual([second]);
    await altered();
    expect([await tagged("a"), await tagged("b")]).toEqual([[first], [second]]);
    expect((await supervisor.health()).warnings.join()).toContain("1 damaged rows of tags");
  });
});
