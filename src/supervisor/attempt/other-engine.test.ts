import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { jobRequest, type JobRequest } from "../../contract/job-request.ts";
import type { Job } from "../../contract/job.ts";
import type { Result } from "../../contract/problems.ts";
import type { Engine } from "../../engines/engine.ts";
import { FakeCluster, FakeEngine } from "../../engines/testing/fake-engine.ts";
import type { Store } from "../../store/store.ts";
import { eventually } from "../../system/eventually.ts";
import { FakeClock } from "../../system/fake-clock.ts";
import type { RunningSupervisor } from "../supervise.ts";
import { superviseFile } from "../testing/supervised-file.ts";

let folder: string;
let clock: FakeClock;
let engine: FakeEngine;
let cluster: FakeCluster;
let store: Store;
let supervisor: RunningSupervisor;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-engines-"));
  clock = new FakeClock();
  engine = new FakeEngine();
  cluster = new FakeCluster();
  await start([cluster]);
});

afterEach(() => {
  stop();
  rmSync(folder, { recursive: true });
});

async function start(others: readonly Engine[]): Promise<void> {
  ({ store, supervisor } = superviseFile({ folder, engine, others, clock }));
  await supervisor.recover();
}

function stop(): void {
  supervisor.close();
  store.close();
}

function accepted<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`refused: ${result.refusal.code}`);
  return result.value;
}

const show = async (id: number): Promise<Job> => accepted(await supervisor.show(id));

async function submit(request: Partial<JobRequest> = {}): Promise<number> {
  const asked = { command: ["true"], cwd: "/", engine: "cluster", ...request };
  return accepted(await supervisor.submit(jobRequest.parse(asked), null)).job.id;
}

/** Lets time pass until the condition holds. */
async function passing(condition: () => Promise<boolean>): Promise<void> {
  await eventually(async () => {
    if (await condition()) return true;
    clock.advance(2000);
    return false;
  });
}

const isIn = (id: number, state: Job["state"]) => async () => (await show(id)).state === state;

async function waiting(): Promise<number> {
  cluster.waitsFor = "Priority";
  const id = await submit();
  await eventually(async () => (await show(id)).waiting?.code === "engine");
  return id;
}

describe("a job of another engine", () => {
  it("runs there, and is recorded with its engine", async () => {
    const id = await submit();
    await eventually(isIn(id, "running"));
    expect(engine.attempts.size).toBe(0);
    expect(store.attempts.ofJob(id)).toMatchObject([{ engine: "cluster" }]);
    expect((await show(id)).spec.engine).toBe("cluster");
    cluster.of(id).end({ main: { pid: 812, code: 3, signal: null, core: false } });
    await eventually(isIn(id, "failed"));
    expect((await show(id)).outcome).toMatchObject({ code: 3 });
  });

  it("has processes that this machine cannot show", async () => {
    const id = await submit();
    await eventually(isIn(id, "running"));
    const result = await supervisor.processes(id);
    const details = { id, engine: "cluster", host: "fake.example" };
    expect(result).toMatchObject({ ok: false, refusal: { code: "runs_elsewhere", details } });
  });

  it("whose keeper is lost is stopped until its engine counts no process of it", async () => {
    const id = await submit();
    await eventually(isIn(id, "running"));
    const attempt = cluster.of(id);
    attempt.lose();
    attempt.payloadAlive = true;
    await passing(isIn(id, "stopping"));
    attempt.payloadAlive = false;
    await passing(isIn(id, "lost"));
    const { proof } = accepted(await supervisor.receipt(id));
    expect(proof).toMatchObject({ kind: "sweep", message: expect.stringContaining("engine") });
    expect(engine.sweeps).toEqual([]);
  });
});

describe("a job that its engine has accepted and not started", () => {
  it("says so, with the engine's reason and host, and runs when the engine starts it", async () => {
    const id = await waiting();
    expect(await show(id)).toMatchObject({
      state: "starting",
      message: null,
      waiting: {
        code: "engine",
        message: "accepted by cluster on fake.example, and not started there yet: Priority",
        hint: expect.stringContaining(`holdfast cancel ${id}`),
      },
    });
    cluster.of(id).start();
    await passing(isIn(id, "running"));
    expect((await show(id)).waiting).toBeNull();
    expect(cluster.of(id).starts).toBe(1);
  });

  it("reaches its followers", async () => {
    const messages: unknown[] = [];
    const id = await waiting();
    supervisor.subscribe(id, ({ type, data }) => {
      if (type === "live") messages.push(data["message"]);
    });
    clock.advance(1000);
    await eventually(() => messages.length > 0);
    expect(messages[0]).toMatch(/^accepted by cluster on fake\.example.*Priority.*first seen/);
  });

  it("is found again by the next server, which does not launch it twice", async () => {
    const id = await waiting();
    const attempt = cluster.of(id);
    stop();
    await start([cluster]);
    await passing(async () => (await show(id)).waiting?.code === "engine");
    attempt.start();
    await passing(isIn(id, "running"));
    expect([attempt.starts, store.attempts.countOf(id)]).toEqual([1, 1]);
  });

  it("is taken back when it is cancelled, and never runs", async () => {
    const id = await waiting();
    const attempt = cluster.of(id);
    accepted(await supervisor.cancel(id, null));
    await passing(isIn(id, "cancelled"));
    expect(attempt.starts).toBe(0);
    expect(accepted(await supervisor.receipt(id)).proof.kind).toBe("never started");
  });

  it("is taken back by the next server if it was cancelled just before", async () => {
    const id = await waiting();
    const attempt = cluster.of(id);
    // A call that the server did not live to make.
    cluster.stop = async () => undefined;
    accepted(await supervisor.cancel(id, null));
    stop();
    Reflect.deleteProperty(cluster, "stop");
    await start([cluster]);
    await passing(isIn(id, "cancelled"));
    expect(attempt.starts).toBe(0);
  });

  it("is asked about together with all others, in one call", async () => {
    const ids = [];
    for (let count = 0; count < 5; count += 1) ids.push(await waiting());
    // Each of them has its first rounds behind it.
    for (let round = 0; round < 5; round += 1) {
      clock.advance(2000);
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
    }
    cluster.observations.length = 0;
    clock.advance(2000);
    await eventually(() => cluster.observations.length > 0);
    expect(cluster.observations).toEqual([ids.length]);
  });
});

describe("an engine that this server does not have", () => {
  it("is refused in a request, with those that there are", async () => {
    const asked = jobRequest.parse({ command: ["true"], cwd: "/", engine: "slurm" });
    expect(await supervisor.submit(asked, null)).toMatchObject({
      ok: false,
      refusal: {
        code: "no_such_engine",
        details: { engine: "slurm", known: "local, cluster" },
      },
    });
  });

  it("concludes nothing about its attempts, says so, and follows them when it is there again", async () => {
    const id = await submit();
    await eventually(isIn(id, "running"));
    const attempt = cluster.of(id);
    stop();
    attempt.lose();
    await start([]);
    clock.advance(10_000);
    expect(await show(id)).toMatchObject({
      state: "running",
      message: expect.stringMatching(/engine is cluster, which this server does not have.*local/),
    });
    expect((await supervisor.health()).warnings.join()).toContain("the engine cluster");
    accepted(await supervisor.cancel(id, 0));
    clock.advance(10_000);
    expect((await show(id)).state).toBe("stopping");
    expect(await supervisor.processes(id)).toMatchObject({ refusal: { code: "runs_elsewhere" } });
    stop();
    await start([cluster]);
    await passing(isIn(id, "lost"));
  });

  it("starts none of its jobs, and says why each waits", async () => {
    const id = await submit({ held: true });
    stop();
    await start([]);
    accepted(await supervisor.release(id));
    await eventually(async () => (await show(id)).waiting?.code === "engine");
    expect(await show(id)).toMatchObject({
      state: "queued",
      waiting: { message: expect.stringContaining("asks for the engine cluster") },
    });
    const other = await submit({ engine: "local" });
    await eventually(isIn(other, "running"));
  });
});
