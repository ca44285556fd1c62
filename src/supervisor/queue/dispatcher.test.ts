import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { happen, happenings, type Happening } from "../testing/allocation-happenings.ts";
import { AllocationModel } from "../testing/allocation-model.ts";

let folder: string;
let model: AllocationModel;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-dispatcher-"));
});

afterEach(async () => {
  expect(await model.settle()).toEqual([]);
  rmSync(folder, { recursive: true });
});

async function machine(gpus: string[], maxRunning: number): Promise<void> {
  model = await AllocationModel.begin(folder, { gpus, maxRunning });
}

const stateOf = async (id: number) => (await model.show(id)).state;
const waitsFor = async (id: number) => (await model.show(id)).waiting?.code;

describe("a launch that the machine refuses (EAGAIN)", () => {
  it("twice: the job that runs then keeps its GPU, however late the timers are", async () => {
    await machine(["GPU-a"], 4);
    model.refuseLaunch("EAGAIN");
    model.refuseLaunch("EAGAIN");
    const first = await model.submit({ gpus: 1 });
    await model.passes(20_000);
    const second = await model.submit({ gpus: 1 });
    await model.passes(20_000);
    expect(await stateOf(first)).toBe("running");
    expect(await model.show(second)).toMatchObject({ state: "queued", waiting: { code: "gpus" } });
  });

  it("leaves slot and GPU to others, and is tried again after 5 s", async () => {
    await machine(["GPU-a"], 1);
    model.refuseLaunch("EAGAIN");
    const refused = await model.submit({ gpus: 1 });
    const other = await model.submit({ gpus: 1 });
    await model.passes(4000);
    expect([await stateOf(refused), await waitsFor(refused)]).toEqual(["queued", "machine"]);
    expect(await stateOf(other)).toBe("running");
    model.living(other)?.end();
    await model.passes(500);
    expect(await stateOf(refused)).toBe("queued");
    await model.passes(1000);
    expect(await stateOf(refused)).toBe("running");
  });

  it("keeps every other job waiting for a second: the machine would refuse them as well", async () => {
    await machine([], 4);
    model.refuseLaunch("EAGAIN");
    await model.submit();
    const others = [await model.submit(), await model.submit()];
    await model.passes(900);
    expect(await Promise.all(others.map(waitsFor))).toEqual(["machine", "machine"]);
    expect(others.map((id) => model.store.attempts.countOf(id))).toEqual([0, 0]);
    await model.passes(200);
    expect(await Promise.all(others.map(stateOf))).toEqual(["running", "running"]);
  });

  it("keeps no others waiting when it was interrupted: that was its own misfortune", async () => {
    await machine([], 4);
    model.engine.answers.push({ kind: "unknown" }, { kind: "unknown" });
    const interrupted = await model.submit();
    const other = await model.submit();
    expect([await stateOf(interrupted), await waitsFor(interrupted)]).toEqual([
      "queued",
      "machine",
    ]);
    expect(await stateOf(other)).toBe("running");
  });
});

describe("a job that is postponed", () => {
  const postponed = async (): Promise<number> => {
    await machine(["GPU-a"], 1);
    model.refuseLaunch("EAGAIN");
    const id = await model.submit({ gpus: 1 });
    await model.passes(1500);
    expect(await waitsFor(id)).toBe("machine");
    return id;
  };

  it("and cancelled has ended; no timer of it frees what the next one holds", async () => {
    const id = await postponed();
    await model.supervisor.cancel(id, null);
    const next = await model.submit({ gpus: 1 });
    const last = await model.submit({ gpus: 1 });
    await model.passes(20_000);
    expect(await Promise.all([id, next, last].map(stateOf))).toEqual([
      "cancelled",
      "running",
      "queued",
    ]);
  });

  it("and held and released is tried at once", async () => {
    const id = await postponed();
    await model.supervisor.hold(id);
    await model.passes(1000);
    expect(await stateOf(id)).toBe("held");
    await model.supervisor.release(id);
    await model.quiet();
    expect(await stateOf(id)).toBe("running");
  });

  it("and held stays held when its time is over", async () => {
    const id = await postponed();
    await model.supervisor.hold(id);
    await model.passes(20_000);
    expect(await stateOf(id)).toBe("held");
  });

  it("and cancelled and removed is forgotten", async () => {
    const id = await postponed();
    await model.supervisor.cancel(id, null);
    expect((await model.supervisor.remove(id)).ok).toBe(true);
    await model.passes(20_000);
    expect(await stateOf(await model.submit({ gpus: 1 }))).toBe("running");
  });

  it("is tried at once by the next server", async () => {
    const id = await postponed();
    await model.restart();
    expect(await stateOf(id)).toBe("running");
  });
});

describe("a job that waits for more GPUs than are free", () => {
  it("lets those behind it start as soon as it is held", async () => {
    await machine(["GPU-a", "GPU-b"], 4);
    await model.submit({ gpus: 1 });
    const first = await model.submit({ gpus: 2 });
    const next = await model.submit({ gpus: 1 });
    expect(await Promise.all([first, next].map(waitsFor))).toEqual(["gpus", "behind"]);
    await model.supervisor.hold(first);
    await model.quiet();
    expect(await Promise.all([first, next].map(stateOf))).toEqual(["held", "running"]);
  });

  it("lets those behind it start as soon as it is cancelled", async () => {
    await machine(["GPU-a", "GPU-b"], 4);
    await model.submit({ gpus: 1 });
    const first = await model.submit({ gpus: 2 });
    const next = await model.submit({ gpus: 1 });
    await model.supervisor.cancel(first, null);
    await model.quiet();
    expect(await Promise.all([first, next].map(stateOf))).toEqual(["cancelled", "running"]);
  });

  it("keeps nothing from others while it is postponed", async () => {
    await machine(["GPU-a"], 4);
    model.refuseLaunch("EAGAIN");
    const postponed = await model.submit({ gpus: 1, priority: 9 });
    await model.passes(1500);
    const next = await model.submit({ gpus: 1 });
    expect(await Promise.all([postponed, next].map(stateOf))).toEqual(["queued", "running"]);
  });
});

describe("what an attempt holds", () => {
  it("is taken when it is chosen, also while its launch hangs before it is on record", async () => {
    await machine(["GPU-a"], 2);
    model.engine.hold("ready");
    await model.submit({ gpus: 1 });
    const second = await model.submit({ gpus: 1, priority: 5 });
    expect(await waitsFor(second)).toBe("gpus");
    const [third, fourth] = [await model.submit(), await model.submit()];
    expect(model.store.allocations.all()).toEqual([]);
    expect(await Promise.all([third, fourth].map(waitsFor))).toEqual(["order", "slots"]);
    model.engine.answer();
    await model.quiet();
    expect(await Promise.all([second, third, fourth].map(stateOf))).toEqual([
      "queued",
      "running",
      "queued",
    ]);
  });

  it("is free when the job leaves the queue while its launch hangs", async () => {
    await machine(["GPU-a"], 2);
    model.engine.hold("ready");
    const first = await model.submit({ gpus: 1 });
    const next = await model.submit({ gpus: 1 });
    await model.supervisor.hold(first);
    model.engine.answer();
    await model.quiet();
    expect(await Promise.all([first, next].map(stateOf))).toEqual(["held", "running"]);
  });

  it("is on record with `starting`, before its keeper answers", async () => {
    await machine(["GPU-a", "GPU-b"], 2);
    model.engine.hold("launch");
    const id = await model.submit({ gpus: 2 });
    expect(await stateOf(id)).toBe("starting");
    expect(model.store.allocations.all()).toMatchObject([
      { job: id, resources: { slots: 1, gpuUuids: ["GPU-a", "GPU-b"] } },
    ]);
  });

  it("stays its own while it is stopping, and while survivors of a killed keeper live", async () => {
    await machine(["GPU-a"], 4);
    const first = await model.submit({ gpus: 1 });
    await model.supervisor.cancel(first, 60_000);
    await model.passes(30_000);
    const next = await model.submit({ gpus: 1 });
    expect(await Promise.all([first, next].map(stateOf))).toEqual(["stopping", "queued"]);
    await happen(model, "keeper killed, a process survives", 0);
    await model.passes(30_000);
    expect(await stateOf(await model.submit())).toBe("running");
    expect(await Promise.all([first, next].map(stateOf))).toEqual(["stopping", "queued"]);
    await happen(model, "survivors end", 0);
    await model.passes(2000);
    expect(await Promise.all([first, next].map(stateOf))).toEqual(["lost", "running"]);
  });

  it("stays its own over a restart of the server, and is free when it ended meanwhile", async () => {
    await machine(["GPU-a"], 4);
    const first = await model.submit({ gpus: 1 });
    const next = await model.submit({ gpus: 1 });
    await model.restart();
    expect(await Promise.all([first, next].map(stateOf))).toEqual(["running", "queued"]);
    model.supervisor.close();
    model.living(first)?.end();
    await model.restart();
    await model.passes(2000);
    expect(await Promise.all([first, next].map(stateOf))).toEqual(["succeeded", "running"]);
  });

  it("is free while the job waits for its next attempt", async () => {
    await machine(["GPU-a"], 4);
    const retried = { max: 1, on: ["failed" as const], delayMs: 60_000 };
    const first = await model.submit({ gpus: 1, retries: retried });
    await happen(model, "attempt fails", 0);
    await model.passes(2000);
    expect([await stateOf(first), await waitsFor(first)]).toEqual(["queued", "retry"]);
    expect(await stateOf(await model.submit({ gpus: 1 }))).toBe("running");
  });

  it("is free when its launch failed for good", async () => {
    await machine(["GPU-a"], 1);
    model.refuseLaunch("EPERM");
    const first = await model.submit({ gpus: 1 });
    const next = await model.submit({ gpus: 1 });
    expect(await Promise.all([first, next].map(stateOf))).toEqual(["failed", "running"]);
  });

  it("is shown with the GPU", async () => {
    await machine(["GPU-a"], 1);
    const first = await model.submit({ gpus: 1 });
    expect(model.allocations.jobWith("GPU-a")).toBe(first);
    await happen(model, "attempt ends", 0);
    await model.passes(2000);
    expect(model.allocations.jobWith("GPU-a")).toBeNull();
  });
});

describe("max_running that was lowered", () => {
  it("ends nothing, and starts nothing until fewer run", async () => {
    await machine([], 3);
    const jobs = [await model.submit(), await model.submit(), await model.submit()];
    const next = await model.submit();
    await model.restart({ maxRunning: 2 });
    expect(await Promise.all(jobs.map(stateOf))).toEqual(["running", "running", "running"]);
    for (const which of [0, 1]) {
      expect(await waitsFor(next)).toBe("slots");
      await happen(model, "attempt ends", which);
    }
    expect(await stateOf(next)).toBe("running");
  });
});

describe("whatever happens, in any order", () => {
  const names = Object.keys(happenings) as Happening[];
  // A new store is most of a run's work: few runs that are long take a third of the time of 100 short
  // ones, with more steps, and notice more mutations.
  const steps = fc.array(fc.tuple(fc.constantFrom(...names), fc.nat(7)), {
    minLength: 10,
    maxLength: 60,
    size: "max",
  });

  it("no two attempts hold one GPU, no more slots are in use than there are, and every job ends", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        await machine(["GPU-a", "GPU-b"], 2);
        for (const [what, which] of list) await happen(model, what, which);
        expect(await model.settle()).toEqual([]);
      }),
      {
        numRuns: process.env["HOLDFAST_CRASH"] === "all" ? 1000 : 20,
        // What once assigned a slot twice.
        examples: [
          [
            [
              ["launch refused twice", 0],
              ["submit", 0],
              ["server restarts with fewer slots", 0],
              ["submit", 0],
            ],
          ],
        ],
      },
    );
  });
});
