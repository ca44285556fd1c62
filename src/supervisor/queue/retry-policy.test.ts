import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { loadConfig } from "../../config/config.ts";
import { jobRequest, type JobRequest } from "../../contract/job-request.ts";
import type { Job } from "../../contract/job.ts";
import type { Result } from "../../contract/problems.ts";
import { Engines } from "../../engines/engines.ts";
import { FakeEngine } from "../../engines/testing/fake-engine.ts";
import { isTerminal, type State } from "../../job/states.ts";
import { Store } from "../../store/store.ts";
import { FakeClock } from "../../system/fake-clock.ts";
import { waitingForRetry } from "./retry-policy.ts";
import { supervise, type RunningSupervisor } from "../supervise.ts";
import { ordinaryParts } from "../testing/ordinary-parts.ts";

let folder: string;
let store: Store;
let engine: FakeEngine;
let clock: FakeClock;
let supervisor: RunningSupervisor;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-retry-"));
  clock = new FakeClock();
  store = new Store({
    path: join(folder, "holdfast.db"),
    soon: (callback) => clock.soon(callback),
  });
  engine = new FakeEngine();
  await start("boot-1");
});

afterEach(() => {
  supervisor.close();
  store.close();
  rmSync(folder, { recursive: true });
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
  });
  await supervisor.recover();
}

function accepted<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`refused: ${result.refusal.code}`);
  return result.value;
}

const show = async (id: number): Promise<Job> => accepted(await supervisor.show(id));

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

async function running(retries: JobRequest["retries"]): Promise<number> {
  const request = jobRequest.parse({ command: ["train"], cwd: "/", retries });
  const { job } = accepted(await supervisor.submit(request, null));
  await reaches(job.id, "running");
  return job.id;
}

const exits = (id: number, code: number) =>
  engine.of(id).end({ main: { pid: 812, code, signal: null, core: false } });

/** As a full disk does. */
const refuseWrites = () =>
  vi
    .spyOn(store, "commit")
    .mockRejectedValue(Object.assign(new Error("no space"), { code: "ENOSPC" }));

describe("a job with retries", () => {
  it("goes back into the queue without having ended, waits, and runs again as the same job", async () => {
    const id = await running({ max: 2, on: ["failed"], delayMs: 10_000 });
    exits(id, 3);
    const waiting = await reaches(id, "queued");
    expect(waiting).toMatchObject({
      message: "attempt 1: exit 3",
      outcome: null,
      endedAtMs: null,
      startedAtMs: null,
      waiting: { code: "retry" },
    });
    clock.advance(9999);
    expect((await show(id)).state).toBe("queued");
    clock.advance(1);
    expect(await reaches(id, "running")).toMatchObject({
      attempt: { number: 2 },
      message: null,
      reason: null,
    });
    exits(id, 0);
    expect(await reaches(id, "succeeded")).toMatchObject({ outcome: { code: 0 } });
  });

  it("ends with its last attempt, after twice the wait each time", async () => {
    const id = await running({ max: 2, on: ["failed"], delayMs: 10_000 });
    for (const waitMs of [10_000, 20_000]) {
      exits(id, 3);
      await reaches(id, "queued");
      clock.advance(waitMs);
      await reaches(id, "running");
    }
    exits(id, 4);
    expect(await reaches(id, "failed")).toMatchObject({ outcome: { code: 4 } });
    expect(accepted(await supervisor.attempts(id)).attempts).toMatchObject([
      { number: 1, state: "failed", outcome: { code: 3 } },
      { number: 2, state: "failed", outcome: { code: 3 } },
      { number: 3, state: "failed", outcome: { code: 4 } },
    ]);
  });

  it("has a receipt of each attempt as soon as that has ended", async () => {
    const id = await running({ max: 1, on: ["failed"] });
    exits(id, 3);
    await reaches(id, "queued");
    expect(await supervisor.receipt(id)).toMatchObject({ refusal: { code: "no_receipt" } });
    expect(accepted(await supervisor.receipt(id, 1))).toMatchObject({
      attemptNumber: 1,
      state: "failed",
      outcome: { code: 3 },
    });
    expect(await supervisor.receipt(id, 2)).toMatchObject({
      refusal: { code: "no_such_attempt", details: { count: 1 } },
    });
  });

  it("passes the number of the retry and the reason for it to the command", async () => {
    const id = await running({ max: 1, on: ["failed"] });
    expect(engine.of(id).spec.env).toMatchObject({ HOLDFAST_RETRY: "0", HOLDFAST_RETRY_AFTER: "" });
    exits(id, 3);
    await reaches(id, "queued");
    clock.advance(10_000);
    await reaches(id, "running");
    expect(engine.of(id).spec.env).toMatchObject({
      HOLDFAST_RETRY: "1",
      HOLDFAST_RETRY_AFTER: "failed",
    });
  });

  it("is not tried again after what was not named", async () => {
    const id = await running({ max: 5, on: ["machine_restarted"] });
    exits(id, 3);
    await reaches(id, "failed");
  });

  it("that was cancelled while it ran is cancelled, whatever its exit code", async () => {
    const id = await running({ max: 5, on: ["failed"] });
    await supervisor.cancel(id, 0);
    engine.of(id).end({ reason: "cancel", main: { pid: 812, code: 3, signal: null, core: false } });
    await reaches(id, "cancelled");
  });

  it("that was cancelled while the disk took no record of it is not tried again", async () => {
    const id = await running({ max: 2, on: ["failed"] });
    engine
      .of(id)
      .report({ main: { pid: 812, alive: false }, phase: "terminating", reason: "exited" });
    const full = refuseWrites();
    expect(accepted(await supervisor.cancel(id, null)).message).toContain("cancel it again");
    full.mockRestore();
    exits(id, 3);
    expect(await reaches(id, "failed")).toMatchObject({ outcome: { code: 3 } });
  });

  it("of which nothing lives cannot be cancelled while the disk takes no record of that: the request would be lost", async () => {
    const id = await running({ max: 2, on: ["failed"] });
    engine
      .of(id)
      .report({ main: { pid: 812, alive: false }, phase: "recording", reason: "exited" });
    const full = refuseWrites();
    await expect(supervisor.cancel(id, null)).rejects.toMatchObject({ code: "ENOSPC" });
    full.mockRestore();
    expect(engine.of(id).said).toEqual([]);
    exits(id, 3);
    await reaches(id, "queued");
  });

  it("that stops on request already may be cancelled again, though nothing of it lives", async () => {
    const id = await running({ max: 2, on: ["failed"] });
    engine
      .of(id)
      .report({ main: { pid: 812, alive: false }, phase: "recording", reason: "cancel" });
    const full = refuseWrites();
    expect((await supervisor.cancel(id, null)).ok).toBe(true);
    full.mockRestore();
    engine.of(id).end({ reason: "cancel" });
    await reaches(id, "cancelled");
  });

  it("that is cancelled between two attempts runs no more, and keeps the receipt of the first", async () => {
    const id = await running({ max: 5, on: ["failed"] });
    exits(id, 3);
    await reaches(id, "queued");
    expect(accepted(await supervisor.cancel(id, null)).state).toBe("cancelled");
    clock.advance(3_600_000);
    expect((await show(id)).attempt?.number).toBe(1);
    expect(accepted(await supervisor.receipt(id))).toMatchObject({
      attemptNumber: 1,
      state: "failed",
    });
  });

  it("is tried again after its keeper was killed, when nothing of it lives", async () => {
    const id = await running({ max: 1, on: ["keeper_lost"], delayMs: 0 });
    engine.of(id).lose();
    await reaches(id, "queued");
    expect(accepted(await supervisor.receipt(id, 1))).toMatchObject({
      state: "lost",
      proof: { kind: "sweep" },
    });
    await reaches(id, "running");
    expect((await show(id)).attempt?.number).toBe(2);
  });

  it("is resumed after the machine restarted", async () => {
    const id = await running({ max: 1, on: ["machine_restarted"], delayMs: 0 });
    supervisor.close();
    engine.of(id).keeperAlive = false;
    await start("boot-2");
    await reaches(id, "running");
    expect(engine.of(id).spec.env["HOLDFAST_RETRY_AFTER"]).toBe("machine_restarted");
    expect(accepted(await supervisor.receipt(id, 1))).toMatchObject({
      state: "lost",
      proof: { kind: "reboot" },
    });
  });

  it("waits on in the next server, and no longer when the clock was set back", async () => {
    const id = await running({ max: 1, on: ["failed"], delayMs: 60_000 });
    exits(id, 3);
    await reaches(id, "queued");
    supervisor.close();
    await start("boot-1");
    clock.advance(59_999);
    expect((await show(id)).state).toBe("queued");
    clock.setWallClock(clock.nowMs() - 86_400_000);
    supervisor.close();
    await start("boot-1");
    await reaches(id, "running");
  });

  it("never runs twice at the same time: each attempt ends before the next begins", async () => {
    const id = await running({ max: 3, on: ["failed"], delayMs: 0 });
    const living: number[] = [];
    supervisor.subscribe(id, ({ state }) => {
      if (state !== "queued") return;
      living.push([...engine.attempts.values()].filter(({ keeperAlive }) => keeperAlive).length);
    });
    for (const next of [2, 3, 4]) {
      exits(id, 1);
      await reaches(id, "queued");
      clock.advance(0);
      await reaches(id, "running");
      expect((await show(id)).attempt?.number).toBe(next);
    }
    exits(id, 1);
    expect(isTerminal((await reaches(id, "failed")).state)).toBe(true);
    expect(living).toEqual([0, 0, 0]);
  });
});

it("counts the retries of a waiting job as a sentence does", () => {
  const waiting = (max: number) =>
    waitingForRetry({ clock }, {
      wait: { fromMs: clock.nowMs(), untilMs: clock.nowMs() + 10_000 },
      spec: { retries: { max } },
    } as unknown as Parameters<typeof waitingForRetry>[1])?.message;
  expect(waiting(1)).toBe("the next attempt in 10s (at most 1 retry)");
  expect(waiting(3)).toBe("the next attempt in 10s (at most 3 retries)");
});
