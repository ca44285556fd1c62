import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { jobRequest, type JobRequest } from "../../contract/job-request.ts";
import type { FakeAttempt } from "../../engines/testing/fake-attempt.ts";
import { FakeEngine } from "../../engines/testing/fake-engine.ts";
import type { State } from "../../job/states.ts";
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
  folder = mkdtempSync(join(tmpdir(), "holdfast-follower-"));
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

async function running(request: Partial<JobRequest> = {}): Promise<[number, FakeAttempt]> {
  const asked = jobRequest.parse({ command: ["train"], cwd: "/", ...request });
  const submitted = await supervisor.submit(asked, null);
  if (!submitted.ok) throw new Error(submitted.refusal.code);
  const { id } = submitted.value.job;
  await eventually(() => stateOf(id) === "running");
  return [id, engine.of(id)];
}

function stateOf(id: number): State | null {
  return store.jobs.get(id)?.state ?? null;
}

/** What is due, with what follows from it. */
async function pass(ms: number): Promise<void> {
  clock.advance(ms);
  for (let turn = 0; turn < 20; turn += 1)
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
}

it("tries one record a second on a full disk, however many changes the keeper reports", async () => {
  const [id, attempt] = await running();
  const full = Object.assign(new Error("database or disk is full"), { code: "ENOSPC" });
  const commit = vi.spyOn(store, "commitLightly").mockImplementation(() => {
    throw full;
  });
  for (const left of [9, 8, 7, 6, 5]) attempt.report({ phase: "terminating", left });
  await pass(0);
  defects.length = 0;
  await pass(1000);
  expect(defects).toHaveLength(1);
  await pass(1000);
  expect(defects).toHaveLength(2);
  commit.mockRestore();
  await pass(1000);
  expect(stateOf(id)).toBe("stopping");
  expect(defects).toHaveLength(2);
});

it("renews a lease as often after a connection was lost as before", async () => {
  const [, attempt] = await running({ leaseMs: 4000 });
  for (let lost = 0; lost < 3; lost += 1) {
    attempt.disconnect();
    await eventually(() => attempt.listener !== null);
    await pass(0);
  }
  attempt.said.length = 0;
  await pass(1000);
  expect(attempt.said).toEqual(["lease"]);
});

it("closes a connection that comes when the server has closed", async () => {
  const [, attempt] = await running();
  const attach = engine.attach.bind(engine);
  const attached = new Promise<void>((resolve) => {
    vi.spyOn(engine, "attach").mockImplementation(async (...args) => {
      const link = await attach(...args);
      supervisor.close();
      resolve();
      return link;
    });
  });
  attempt.disconnect();
  await attached;
  await pass(0);
  expect(attempt.listener).toBeNull();
});

it("concludes an attempt once if its end is reported before its connection is handed over", async () => {
  const attach = engine.attach.bind(engine);
  vi.spyOn(engine, "attach").mockImplementation(async (row, listener) => {
    const link = await attach(row, listener);
    // The keeper ends as soon as it has answered: its end and the close come with the answer.
    engine.attempts.get(row.id)?.end();
    return link;
  });
  const ends = vi.spyOn(store, "commit");
  const asked = jobRequest.parse({ command: ["true"], cwd: "/" });
  const submitted = await supervisor.submit(asked, null);
  if (!submitted.ok) throw new Error(submitted.refusal.code);
  await eventually(() => stateOf(submitted.value.job.id) === "succeeded");
  await pass(0);
  expect(ends.mock.calls.filter(([step]) => step === "end")).toHaveLength(1);
  expect(defects).toEqual([]);
});
