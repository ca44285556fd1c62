import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { jobRequest, type JobRequest } from "../../contract/job-request.ts";
import type { Job } from "../../contract/job.ts";
import { FakeEngine } from "../../engines/testing/fake-engine.ts";
import type { Store } from "../../store/store.ts";
import { eventually } from "../../system/eventually.ts";
import { FakeClock } from "../../system/fake-clock.ts";
import type { RunningSupervisor } from "../supervise.ts";
import { superviseFile } from "../testing/supervised-file.ts";

let folder: string;
let store: Store;
let engine: FakeEngine;
let clock: FakeClock;
let supervisor: RunningSupervisor;
let defects: unknown[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-launch-"));
  [engine, clock, defects] = [new FakeEngine(), new FakeClock(), []];
  const onError = (details: object) => defects.push(details);
  ({ store, supervisor } = superviseFile({ folder, engine, clock, onError }));
  await supervisor.recover();
});

afterEach(() => {
  vi.restoreAllMocks();
  supervisor.close();
  store.close();
  rmSync(folder, { recursive: true });
});

async function submit(request: Partial<JobRequest> = {}): Promise<number> {
  const asked = jobRequest.parse({ command: ["train"], cwd: "/", ...request });
  const submitted = await supervisor.submit(asked, null);
  if (!submitted.ok) throw new Error(submitted.refusal.code);
  return submitted.value.job.id;
}

async function show(id: number): Promise<Job> {
  const shown = await supervisor.show(id);
  if (!shown.ok) throw new Error(shown.refusal.code);
  return shown.value;
}

/** What follows from what is due now. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1)
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
}

const damaged = Object.assign(new Error("database disk image is malformed"), { errcode: 11 });

it("that needs a record which cannot be read waits in the queue, and holds nothing", async () => {
  const unreadable = vi.spyOn(store.attempts, "countExecuted").mockImplementation(() => {
    throw damaged;
  });
  const id = await submit();
  await settle();
  expect(await show(id)).toMatchObject({ state: "queued", waiting: { code: "defect" } });
  expect(store.allocations.all()).toEqual([]);
  expect(store.attempts.countOf(id)).toBe(0);
  unreadable.mockRestore();
  clock.advance(5000);
  await eventually(async () => (await show(id)).state === "running");
});

it("says what went wrong before its keeper was asked, and not that the keeper refused", async () => {
  const error = Object.assign(new Error("EACCES: permission denied, mkdir '/sys/fs/cgroup/x'"), {
    code: "EACCES",
  });
  vi.spyOn(engine.machine.containment, "contain").mockRejectedValue(error);
  const id = await submit();
  await eventually(async () => (await show(id)).state === "failed");
  expect((await show(id)).message).toBe(
    "it could not be launched: EACCES: permission denied, mkdir '/sys/fs/cgroup/x'",
  );
});

it("of a job that only a damaged index calls queued is not tried again at once", async () => {
  const held = await submit({ held: true });
  vi.spyOn(store.queue, "gpuCounts").mockReturnValue([0]);
  vi.spyOn(store.queue, "after").mockImplementation(() =>
    [held, 99].map((id) => ({ id, priority: 0, gpus: 0 })),
  );
  const ready = vi.spyOn(engine, "ready");
  supervisor.gpusFound();
  await settle();
  expect(ready).toHaveBeenCalledTimes(2);
  clock.advance(5000);
  await settle();
  expect(ready).toHaveBeenCalledTimes(4);
});
