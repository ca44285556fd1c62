import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadConfig } from "../../config/config.ts";
import { jobRequest } from "../../contract/job-request.ts";
import type { Result } from "../../contract/problems.ts";
import { Engines } from "../../engines/engines.ts";
import { FakeEngine } from "../../engines/testing/fake-engine.ts";
import { fakeDevice, FakeGpuProbe, fakeHolder, fakeSnapshot } from "../../gpu/fake-probe.ts";
import type { GpuHolder } from "../../gpu/snapshot.ts";
import type { State } from "../../job/states.ts";
import { Store } from "../../store/store.ts";
import { FakeClock } from "../../system/fake-clock.ts";
import { supervise, type RunningSupervisor } from "../supervise.ts";
import { ordinaryParts } from "../testing/ordinary-parts.ts";

const gib = 2 ** 30;
const { uuid } = fakeDevice({});

let folder: string;
let store: Store;
let engine: FakeEngine;
let clock: FakeClock;
let probe: FakeGpuProbe;
let supervisor: RunningSupervisor;
let defects: unknown[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-release-"));
  clock = new FakeClock();
  store = new Store({
    path: join(folder, "holdfast.db"),
    soon: (callback) => clock.soon(callback),
  });
  engine = new FakeEngine();
  probe = new FakeGpuProbe();
  defects = [];
  shows(0);
  await start("boot-1");
});

afterEach(() => {
  supervisor.close();
  store.close();
  rmSync(folder, { recursive: true });
  expect(defects).toEqual([]);
});

async function start(bootId: string): Promise<void> {
  const config = loadConfig({ HOLDFAST_STATE_DIR: folder });
  engine.bootId = bootId;
  supervisor = supervise({
    ...ordinaryParts(),
    store,
    engines: new Engines(clock, engine),
    clock,
    config: { ...config, paths: { ...config.paths, attemptsDir: folder } },
    bootId,
    gpuUuids: [uuid],
    gpuProbe: probe,
    log: { info() {}, warn() {}, error: (details) => defects.push(details) },
  });
  // It is not kept waiting for an attempt that takes longer to settle.
  const recovered = supervisor.recover();
  await passes(600);
  await recovered;
}

async function restart(bootId = "boot-1"): Promise<void> {
  supervisor.close();
  await start(bootId);
}

/** What the driver says from now on. */
function shows(usedBytes: number | null, ...holders: GpuHolder[]): void {
  const memory = { totalBytes: 80 * gib, usedBytes, reservedBytes: 0, freeBytes: null };
  probe.next.splice(
    0,
    probe.next.length,
    fakeSnapshot({ devices: [fakeDevice({ memory, holders })] }),
  );
}

const holderOf = (attempt: string | null, given: Partial<GpuHolder> = {}): GpuHolder => {
  const { process } = fakeHolder({});
  return fakeHolder({ process: process === null ? null : { ...process, attempt }, ...given });
};

/** Time passes in steps, so that what waits for one can set the next. */
async function passes(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 100) {
    clock.advance(Math.min(100, left));
    for (let turn = 0; turn < 3; turn += 1) await new Promise((done) => void setImmediate(done));
  }
}

function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`refused: ${result.refusal.code}`);
  return result.value;
}

const stateOf = async (id: number) => value(await supervisor.show(id)).state;
const gpusOf = async (id: number) => value(await supervisor.receipt(id)).gpus;

async function submit(): Promise<number> {
  const request = jobRequest.parse({ command: ["true"], cwd: "/", gpus: 1 });
  const { job } = value(await supervisor.submit(request, null));
  await passes(100);
  return job.id;
}

async function running() {
  const id = await submit();
  expect(await stateOf(id)).toBe("running");
  return { id, fake: engine.of(id), attempt: engine.of(id).row.id };
}

async function reaches(id: number, state: State, withinMs: number): Promise<void> {
  for (let waited = 0; waited < withinMs && (await stateOf(id)) !== state; waited += 100)
    await passes(100);
  expect(await stateOf(id)).toBe(state);
}

describe("a job with a GPU", () => {
  it("ends at once when the memory is free, and its receipt has every figure", async () => {
    shows(gib, holderOf(null, { pid: 7, usedBytes: gib }));
    const { id, fake, attempt } = await running();
    shows(
      5 * gib,
      holderOf(null, { pid: 7, usedBytes: gib }),
      holderOf(attempt, { usedBytes: 4 * gib }),
    );
    await passes(3000);
    shows(gib, holderOf(null, { pid: 7, usedBytes: gib }));
    fake.end();
    await reaches(id, "succeeded", 100);
    expect(await gpusOf(id)).toMatchObject([
      {
        uuid,
        index: 0,
        beforeBytes: gib,
        peakBytes: 5 * gib,
        ownPeakBytes: 4 * gib,
        afterBytes: gib,
        excessBytes: 0,
        verdict: "released",
        samples: 1,
      },
    ]);
    expect(value(await supervisor.receipt(id)).unproven).toEqual([]);
  });

  it("is stopping, and says why, until a slow driver has given the memory back", async () => {
    const { id, fake, attempt } = await running();
    shows(gib, holderOf(attempt));
    fake.end();
    await passes(1500);
    expect(value(await supervisor.show(id))).toMatchObject({
      state: "stopping",
      stopping: {
        phase: "verifying",
        left: 0,
        gpus: [{ uuid, index: 0, message: expect.stringContaining("4242") }],
      },
    });
    shows(0);
    await reaches(id, "succeeded", 2000);
    expect(await gpusOf(id)).toMatchObject([{ verdict: "released" }]);
    expect((await gpusOf(id))?.[0]?.samples).toBeGreaterThan(2);
  });

  it("ends after the wait and names the holder; that GPU is not assigned until it is free", async () => {
    const { id, fake, attempt } = await running();
    shows(gib, holderOf(attempt));
    fake.end();
    await passes(14_000);
    expect(await stateOf(id)).toBe("stopping");
    await reaches(id, "succeeded", 3000);
    expect(await gpusOf(id)).toMatchObject([{ verdict: "held_by_live", holders: [{ pid: 4242 }] }]);
    expect(value(await supervisor.receipt(id)).unproven).toMatchObject([
      { what: "that the memory of GPU 0 is free" },
    ]);
    expect(value(await supervisor.show(id)).heldGpus).toMatchObject([{ uuid, index: 0 }]);
    const next = await submit();
    expect(value(await supervisor.show(next))).toMatchObject({
      state: "queued",
      waiting: { code: "gpus", message: expect.stringContaining("held by what an ended job left") },
    });
    expect((await supervisor.gpus()).gpus).toMatchObject([
      { jobId: null, withheld: { jobId: id } },
    ]);
    await passes(60_000);
    expect(await stateOf(next)).toBe("queued");
    shows(0);
    await reaches(next, "running", 40_000);
    expect(value(await supervisor.show(id)).heldGpus).toEqual([]);
    expect((await supervisor.gpus()).gpus).toMatchObject([{ jobId: next, withheld: null }]);
  });

  it("knows a process again that drops its cookie later", async () => {
    const { id, fake, attempt } = await running();
    shows(gib, holderOf(attempt));
    await passes(3000);
    shows(gib, holderOf(null));
    fake.end();
    await reaches(id, "succeeded", 20_000);
    expect(await gpusOf(id)).toMatchObject([{ verdict: "held_by_live", holders: [{ pid: 4242 }] }]);
  });

  it("does not wait for unrelated processes", async () => {
    const { id, fake } = await running();
    shows(gib, holderOf(null));
    fake.end();
    await reaches(id, "succeeded", 100);
    expect(await gpusOf(id)).toMatchObject([{ verdict: "released" }]);
  });

  it("does not wait for a driver that would not say, and does not call it released", async () => {
    const { id, fake } = await running();
    shows(null);
    fake.end();
    await reaches(id, "succeeded", 100);
    expect(await gpusOf(id)).toMatchObject([{ verdict: "unknown", afterBytes: null }]);
    const next = await submit();
    expect(await stateOf(next)).toBe("running");
  });

  it("is followed by another job when the memory that is left has no holder: nothing would ever free it", async () => {
    const { id, fake } = await running();
    shows(3 * gib);
    fake.end();
    await reaches(id, "succeeded", 20_000);
    expect(await gpusOf(id)).toMatchObject([
      { verdict: "residual_unattributed", excessBytes: 3 * gib, holders: [] },
    ]);
    expect(await stateOf(await submit())).toBe("running");
  });

  it("that is cancelled is checked the same way", async () => {
    const { id, fake, attempt } = await running();
    shows(gib, holderOf(attempt));
    await supervisor.cancel(id, null);
    fake.end({ reason: "cancel" });
    await passes(2000);
    expect(await stateOf(id)).toBe("stopping");
    shows(0);
    await reaches(id, "cancelled", 2000);
    expect(await gpusOf(id)).toMatchObject([{ verdict: "released" }]);
  });

  it("whose keeper was lost is checked the same way", async () => {
    const { id, fake, attempt } = await running();
    shows(gib, holderOf(attempt));
    fake.lose();
    await passes(3000);
    expect(await stateOf(id)).toBe("stopping");
    shows(0);
    await reaches(id, "lost", 2000);
    expect(await gpusOf(id)).toMatchObject([{ verdict: "released" }]);
  });
});

describe("a server that is not the one before", () => {
  it("checks with the figures from before the job began", async () => {
    shows(2 * gib);
    const { id, fake, attempt } = await running();
    shows(3 * gib, holderOf(attempt));
    fake.end();
    await passes(1000);
    expect(await stateOf(id)).toBe("stopping");
    await restart();
    await passes(1000);
    expect(await stateOf(id)).toBe("stopping");
    shows(2 * gib);
    await reaches(id, "succeeded", 2000);
    expect(await gpusOf(id)).toMatchObject([{ beforeBytes: 2 * gib, verdict: "released" }]);
  });

  it("holds back what the one before held back", async () => {
    const { id, fake, attempt } = await running();
    shows(gib, holderOf(attempt));
    fake.end();
    await reaches(id, "succeeded", 20_000);
    await restart();
    const next = await submit();
    await passes(5000);
    expect(await stateOf(next)).toBe("queued");
    shows(0);
    await reaches(next, "running", 40_000);
  });

  it("of another boot holds nothing back: the machine's restart freed everything", async () => {
    const { id, fake, attempt } = await running();
    shows(gib, holderOf(attempt));
    fake.end();
    await reaches(id, "succeeded", 20_000);
    await restart("boot-2");
    expect(await stateOf(await submit())).toBe("running");
  });
});
