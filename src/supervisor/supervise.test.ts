import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { loadConfig } from "../config/config.ts";
import { jobRequest, type JobRequest } from "../contract/job-request.ts";
import type { Job } from "../contract/job.ts";
import type { JobEvent } from "../contract/event.ts";
import type { ExitRecord } from "../contract/keeper.ts";
import { accept, type Result } from "../contract/problems.ts";
import type { FakeAttempt } from "../engines/testing/fake-attempt.ts";
import { Engines } from "../engines/engines.ts";
import { FakeEngine } from "../engines/testing/fake-engine.ts";
import { FakeGpuProbe } from "../gpu/fake-probe.ts";
import type { State } from "../job/states.ts";
import { Database } from "../store/database.ts";
import { Store } from "../store/store.ts";
import { eventually } from "../system/eventually.ts";
import type { PlaceOfFile } from "../system/file-in-place.ts";
import { FakeClock } from "../system/fake-clock.ts";
import { realIds } from "../system/ids.ts";
import { supervise, type RunningSupervisor } from "./supervise.ts";

let folder: string;
let store: Store;
let engine: FakeEngine;
let clock: FakeClock;
let supervisor: RunningSupervisor;
let defects: unknown[];
let gpuProbe: FakeGpuProbe;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-supervise-"));
  clock = new FakeClock();
  store = new Store({
    path: join(folder, "holdfast.db"),
    soon: (callback) => clock.soon(callback),
  });
  engine = new FakeEngine();
  defects = [];
  gpuProbe = new FakeGpuProbe();
  await start();
});

afterEach(() => {
  supervisor.close();
  store.close();
  rmSync(folder, { recursive: true });
  expect(defects).toEqual([]);
});

/** A server's start on what is there. */
async function start(
  settings: {
    maxRunning?: number;
    gpus?: string[];
    bootId?: string;
    database?: PlaceOfFile;
    env?: NodeJS.ProcessEnv;
  } = {},
): Promise<void> {
  const config = loadConfig({
    HOLDFAST_STATE_DIR: folder,
    HOLDFAST_JOBS_MAX_RUNNING: String(settings.maxRunning ?? 10),
    ...settings.env,
  });
  supervisor = supervise({
    store,
    engines: new Engines(clock, engine),
    clock,
    ids: realIds,
    config: { ...config, paths: { ...config.paths, attemptsDir: folder } },
    bootId: settings.bootId ?? "boot-1",
    namespace: null,
    database: {
      state: () => settings.database ?? "in place",
      now: async () => settings.database ?? "in place",
    },
    findAbandoned: async () => [],
    gpuUuids: settings.gpus ?? [],
    gpuProbe,
    log: { info() {}, warn() {}, error: (details) => defects.push(details) },
    version: "0.0.0",
    warnings: [],
  });
  await supervisor.recover();
}

async function restart(settings: Parameters<typeof start>[0] = {}): Promise<void> {
  supervisor.close();
  await start(settings);
}

async function submit(request: Partial<JobRequest> = {}, key: string | null = null): Promise<Job> {
  const result = await supervisor.submit(
    jobRequest.parse({ command: ["true"], cwd: "/", ...request }),
    key,
  );
  return accepted(result).job;
}

function accepted<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`refused: ${result.refusal.code}`);
  return result.value;
}

function codeOf(result: Result<unknown>): string | null {
  return result.ok ? null : result.refusal.code;
}

/** Waits for the announced change of state, or returns at once if it is there. */
function reaches(id: number, state: State): Promise<Job> {
  return new Promise((resolve) => {
    const sample = async () => {
      const job = accepted(await supervisor.show(id));
      if (job.state !== state) return;
      unsubscribe();
      resolve(job);
    };
    const unsubscribe = supervisor.subscribe(id, () => void sample());
    void sample();
  });
}

async function running(request: Partial<JobRequest> = {}) {
  const { id } = await submit(request);
  await reaches(id, "running");
  return { id, attempt: engine.of(id) };
}

/** The jobs of a list, newest first. */
async function select(selector: string): Promise<Result<number[]>> {
  const all = { states: [], tag: null, name: null, limit: 100, cursor: null };
  const listed = await supervisor.list({ ...all, select: selector });
  return listed.ok ? accept(listed.value.jobs.map(({ id }) => id)) : listed;
}

function statesOf(id: number): string[] {
  return store.events
    .after(id, 0, 100)
    .filter(({ type }) => type === "state" || type === "submitted")
    .map(({ state }) => state ?? "");
}

describe("a job that ended while no server ran", () => {
  it("ended when its keeper saw that, not when the next server reads it", async () => {
    const { id, attempt } = await running();
    supervisor.close();
    const emptyAtMs = clock.nowMs() + 1000;
    attempt.end({ times: emptyAt(emptyAtMs) });
    clock.advance(60_000);
    await start();
    expect(await reaches(id, "succeeded")).toMatchObject({
      endedAtMs: emptyAtMs,
      attempt: { endedAtMs: emptyAtMs },
    });
  });

  it("did not end before its start or after now, however the clock was set", async () => {
    const { id, attempt } = await running();
    const { startedAtMs } = accepted(await supervisor.show(id));
    attempt.end({ times: emptyAt(clock.nowMs() + 3_600_000) });
    const { endedAtMs } = await reaches(id, "succeeded");
    expect(endedAtMs).toBe(clock.nowMs());
    const second = await running();
    second.attempt.end({ times: emptyAt(1) });
    expect((await reaches(second.id, "succeeded")).endedAtMs).toBe(startedAtMs);
  });
});

describe("a server whose state folder was removed", () => {
  it("accepts and launches nothing, and still ends what runs", async () => {
    const { id, attempt } = await running();
    const waiting = await submit({ held: true });
    await restart({ database: "removed" });
    const refused = await supervisor.submit(
      jobRequest.parse({ command: ["true"], cwd: "/" }),
      null,
    );
    expect(refused).toMatchObject({ ok: false, refusal: { code: "state_folder_gone" } });
    expect((await supervisor.health()).warnings.join("\n")).toContain(
      "was removed while this server runs",
    );
    accepted(await supervisor.release(waiting.id));
    await supervisor.cancel(id, null);
    // Its record is never durable: there is nowhere to put it.
    attempt.endWithoutRecord({ reason: "cancel" });
    expect(await reaches(id, "cancelled")).toMatchObject({ outcome: { reason: "cancel" } });
    expect(accepted(await supervisor.show(waiting.id)).state).toBe("queued");
  });
});

describe("a job that ends without a stop", () => {
  it("has succeeded with 0 and nothing left", async () => {
    const { id, attempt } = await running();
    attempt.end();
    const job = await reaches(id, "succeeded");
    expect(job.outcome).toEqual({ code: 0, signal: null, reason: "exited", leftovers: 0 });
    expect(statesOf(id)).toEqual(["queued", "starting", "running", "succeeded"]);
  });

  it("has failed with anything else", async () => {
    const { id, attempt } = await running();
    attempt.end({ main: { pid: 812, code: 3, signal: null, core: false } });
    expect((await reaches(id, "failed")).outcome).toMatchObject({ code: 3, reason: "exited" });
  });

  it("is stopping while what it left behind is stopped, and says so when it has ended", async () => {
    const { id, attempt } = await running();
    attempt.report({ phase: "terminating", main: { pid: 812, alive: false }, total: 3, left: 3 });
    const stopping = await reaches(id, "stopping");
    expect(stopping).toMatchObject({
      reason: "exited",
      stopping: { phase: "terminating", left: 3 },
    });
    attempt.end({ leftovers: 3 });
    expect(await reaches(id, "succeeded")).toMatchObject({
      outcome: { leftovers: 3 },
      message: "its main process left 3 processes behind; they were stopped",
    });
  });

  it("that could not be executed has failed, and says what to check", async () => {
    const { id, attempt } = await running({ command: ["pyhton"] });
    attempt.end({
      reason: "exec_failed",
      main: { pid: 812, code: 127, signal: null, core: false },
      exec_error: { stage: "exec", errno: 2, name: "ENOENT" },
    });
    const job = await reaches(id, "failed");
    expect(job).toMatchObject({ reason: "exec_failed", outcome: { code: 127 } });
    expect(job.message).toContain("not found");
  });

  it("has a receipt with what proved the emptiness", async () => {
    const { id, attempt } = await running();
    expect(codeOf(await supervisor.receipt(id))).toBe("no_receipt");
    attempt.end();
    await reaches(id, "succeeded");
    expect(accepted(await supervisor.receipt(id))).toMatchObject({
      state: "succeeded",
      tier: "cgroup",
      proof: { kind: "keeper", echild: true, populated: 0 },
      unproven: [],
      ended: { term: 2, kill: 1 },
    });
  });
});

describe("cancelling", () => {
  it("a running job records the request, passes it to the keeper, and is cancelled only when nothing lives", async () => {
    const { id, attempt } = await running();
    const answer = accepted(await supervisor.cancel(id, 30_000));
    expect(answer).toMatchObject({ state: "stopping", reason: "cancel", endedAtMs: null });
    expect(attempt.said).toEqual(["stop cancel 30000 prolong"]);
    attempt.report({ phase: "verifying", reason: "cancel", total: 2, left: 1 });
    expect(accepted(await supervisor.show(id)).state).toBe("stopping");
    attempt.end({ reason: "cancel", main: { pid: 812, code: 0, signal: null, core: false } });
    // The late 0 does not make it a success.
    expect((await reaches(id, "cancelled")).outcome).toMatchObject({ code: 0, reason: "cancel" });
  });

  it("a job whose main process had ended before the keeper heard of it keeps its own outcome", async () => {
    const { id, attempt } = await running();
    await supervisor.cancel(id, null);
    attempt.end({ reason: "exited" });
    expect((await reaches(id, "succeeded")).outcome?.reason).toBe("exited");
  });

  it("again passes each request on: the keeper decides, and only a grace that is named prolongs", async () => {
    const { id, attempt } = await running({ graceMs: 20_000 });
    await supervisor.cancel(id, null);
    await supervisor.cancel(id, 60_000);
    await supervisor.cancel(id, null);
    await supervisor.kill(id);
    expect(attempt.said).toEqual([
      "stop cancel 20000",
      "stop cancel 60000 prolong",
      "stop cancel 20000",
      "stop cancel 0",
    ]);
  });

  it("that its keeper does not prolong says so, at once and in the receipt", async () => {
    const { id, attempt } = await running();
    await supervisor.cancel(id, null);
    attempt.report({ phase: "terminating", reason: "cancel" });
    attempt.notProlonged = "KILL was sent already";
    const { message } = accepted(await supervisor.cancel(id, 60_000));
    expect(message).toBe("the stop was not prolonged: KILL was sent already");
    attempt.end({ reason: "cancel" });
    await reaches(id, "cancelled");
    expect(accepted(await supervisor.receipt(id)).stopRequests).toMatchObject([
      { number: 1, graceMs: 10_000 },
      { number: 2, graceMs: 60_000, refused: "KILL was sent already" },
    ]);
  });

  it("whose keeper does not answer is not waited for", async () => {
    const { id, attempt } = await running();
    attempt.answersStops = false;
    const answers: Awaited<ReturnType<typeof supervisor.cancel>>[] = [];
    void supervisor.cancel(id, 60_000).then((answer) => answers.push(answer));
    await eventually(() => {
      clock.advance(100);
      return answers.length > 0;
    });
    expect(answers).toMatchObject([{ ok: true, value: { state: "stopping" } }]);
  });

  it("with kill is passed on after a second, shorter cancel", async () => {
    const { id, attempt } = await running();
    await supervisor.cancel(id, 60_000);
    clock.advance(27_000);
    await supervisor.cancel(id, 12_000);
    clock.advance(1000);
    await supervisor.kill(id);
    expect(attempt.said.at(-1)).toBe("stop cancel 0");
  });

  it.each([1, -1])("with kill is passed on when the wall clock was set (%d day)", async (days) => {
    const { id, attempt } = await running();
    await supervisor.cancel(id, 60_000);
    clock.setWallClock(clock.nowMs() + days * 86_400_000);
    await supervisor.kill(id);
    expect(attempt.said.at(-1)).toBe("stop cancel 0");
  });

  it("says nothing about processes and deadlines before the keeper has", async () => {
    const { id } = await running();
    const { stopping } = accepted(await supervisor.cancel(id, null));
    expect(stopping).toMatchObject({ phase: "asked", total: null, left: null, killInMs: null });
  });

  it("is in the receipt with every request and the process that made it", async () => {
    const { id, attempt } = await running();
    const client = { uid: 1000, pid: 77, command: "curl", parent: null, says: "curl/8" };
    await supervisor.cancel(id, null, client);
    await supervisor.kill(id);
    attempt.end({ reason: "cancel" });
    await reaches(id, "cancelled");
    expect(accepted(await supervisor.receipt(id)).stopRequests).toEqual([
      { number: 1, reason: "cancel", graceMs: 10_000, prolong: false, atMs: clock.nowMs(), client },
      {
        number: 2,
        reason: "cancel",
        graceMs: 0,
        prolong: false,
        atMs: clock.nowMs(),
        client: null,
      },
    ]);
  });

  it("is in the receipt of a job that never started as well", async () => {
    const { id } = await submit({ held: true });
    const client = { uid: 1000, pid: null, command: null, parent: null, says: null };
    await supervisor.cancel(id, null, client);
    expect(accepted(await supervisor.receipt(id)).stopRequests).toMatchObject([
      { number: 0, client },
    ]);
  });

  it("a queued or held job ends it at once: nothing was executed", async () => {
    const { id } = await submit({ held: true });
    expect(accepted(await supervisor.cancel(id, null)).state).toBe("cancelled");
    expect(engine.prepared.size).toBe(0);
    expect(accepted(await supervisor.receipt(id)).proof.kind).toBe("never started");
  });

  it("a job in the middle of its launch stops it when it runs", async () => {
    const gate = Promise.withResolvers<void>();
    engine.beforeAnswer = () => gate.promise;
    const { id } = await submit();
    await reaches(id, "starting");
    expect(accepted(await supervisor.cancel(id, 1000)).state).toBe("stopping");
    gate.resolve();
    await heard(() => engine.of(id).said.length > 0);
    expect(engine.of(id).said).toEqual(["stop cancel 1000 prolong"]);
    engine.of(id).end({ reason: "cancel" });
    await reaches(id, "cancelled");
    expect(statesOf(id)).toEqual(["queued", "starting", "stopping", "cancelled"]);
  });

  it("an ended or unknown job is refused", async () => {
    const { id, attempt } = await running();
    attempt.end();
    await reaches(id, "succeeded");
    expect(codeOf(await supervisor.cancel(id, null))).toBe("already_ended");
    expect(codeOf(await supervisor.cancel(99, null))).toBe("no_such_job");
  });

  it("a job that has left the state for which it was chosen leaves it alone", async () => {
    const { id, attempt } = await running();
    expect(codeOf(await supervisor.cancel(id, null, null, ["queued"]))).toBe("not_allowed_now");
    expect(codeOf(await supervisor.kill(id, null, ["queued", "held"]))).toBe("not_allowed_now");
    expect(attempt.said).toEqual([]);
    expect(accepted(await supervisor.show(id)).state).toBe("running");
    const chosen = accepted(await supervisor.kill(id, null, ["queued", "running"]));
    expect(chosen.state).toBe("stopping");
    attempt.end({ reason: "cancel" });
    await reaches(id, "cancelled");
  });
});

describe("a stop that the keeper decided", () => {
  it("at the time limit leads to timed_out", async () => {
    const { id, attempt } = await running({ limitMs: 1000 });
    attempt.report({ phase: "terminating", reason: "time_limit" });
    await reaches(id, "stopping");
    attempt.end({ reason: "time_limit", main: { pid: 812, code: null, signal: 15, core: false } });
    expect((await reaches(id, "timed_out")).outcome).toMatchObject({
      signal: 15,
      reason: "time_limit",
    });
  });

  it("and carried out while no server ran is written down in order", async () => {
    const { id, attempt } = await running();
    supervisor.close();
    attempt.end({ reason: "time_limit" });
    await start();
    await reaches(id, "timed_out");
    expect(statesOf(id)).toEqual(["queued", "starting", "running", "stopping", "timed_out"]);
  });
});

describe("a launch", () => {
  it("that fails leaves a failed job and no folder", async () => {
    engine.answers.push({ kind: "failed", stage: "output", errno: "EACCES" });
    const { id } = await submit();
    expect(await reaches(id, "failed")).toMatchObject({
      reason: "launch_failed",
      message: "the keeper could not start it: output EACCES",
    });
    await heard(() => engine.discarded.length > 0);
    expect(engine.discarded).toHaveLength(1);
    expect(engine.prepared.size).toBe(0);
  });

  it.each(["prepareError", "flushError"] as const)(
    "waits while the disk is full, says so, and continues automatically (%s)",
    async (place) => {
      engine[place] = Object.assign(new Error("no space"), { code: "ENOSPC" });
      const { id } = await submit();
      await heard(async () => accepted(await supervisor.show(id)).waiting?.code === "storage");
      engine[place] = null;
      clock.advance(5000);
      await reaches(id, "running");
      expect(engine.of(id).row.number).toBe(place === "prepareError" ? 1 : 2);
    },
  );

  it.each([
    ["ENOSPC", "storage"],
    ["EAGAIN", "machine"],
    ["EMFILE", "machine"],
  ])(
    "that the machine refuses for want of room (%s) waits and is tried again",
    async (errno, code) => {
      engine.answers.push({ kind: "failed", stage: "fork", errno });
      const { id } = await submit();
      await heard(async () => accepted(await supervisor.show(id)).waiting?.code === code);
      clock.advance(5000);
      await reaches(id, "running");
      expect(statesOf(id)).toEqual(["queued", "starting", "queued", "starting", "running"]);
    },
  );

  it("that is cut short again and again is not tried again at once", async () => {
    engine.answers.push({ kind: "unknown" }, { kind: "unknown" });
    const { id } = await submit();
    await heard(async () => accepted(await supervisor.show(id)).waiting?.code === "machine");
    expect(store.attempts.countOf(id)).toBe(2);
    clock.advance(5000);
    await reaches(id, "running");
  });

  it("whose answer was lost is settled by its records", async () => {
    engine.answers.push({ kind: "unknown" });
    const { id } = await submit();
    // It had no claim: it is voided, and launched as a second attempt.
    await reaches(id, "running");
    expect(store.attempts.ofJob(id).map(({ number }) => number)).toEqual([1, 2]);
  });

  it("happens for as many jobs as there are slots", async () => {
    await restart({ maxRunning: 1 });
    const first = await running();
    const second = await submit();
    await heard(async () => accepted(await supervisor.show(second.id)).waiting?.code === "slots");
    first.attempt.end();
    await reaches(second.id, "running");
  });
});

describe("GPUs", () => {
  it("are assigned by UUID and not assigned again before the end is proven", async () => {
    await restart({ gpus: ["GPU-a"] });
    const first = await running({ gpus: 1 });
    expect(first.attempt.row.gpuUuids).toEqual(["GPU-a"]);
    const second = await submit({ gpus: 1 });
    await supervisor.cancel(first.id, 0);
    first.attempt.report({ phase: "verifying", reason: "cancel", left: 1 });
    await reaches(first.id, "stopping");
    expect(accepted(await supervisor.show(second.id)).state).toBe("queued");
    first.attempt.end({ reason: "cancel" });
    await reaches(second.id, "running");
  });

  it("that the machine does not have are refused", async () => {
    const request = jobRequest.parse({ command: ["true"], cwd: "/", gpus: 1 });
    expect(codeOf(await supervisor.submit(request, null))).toBe("not_enough_gpus");
  });
});

describe("holding and pausing", () => {
  it("a held job waits for its release", async () => {
    const { id } = await submit({ held: true });
    expect(accepted(await supervisor.show(id)).state).toBe("held");
    accepted(await supervisor.release(id));
    await reaches(id, "running");
    expect(codeOf(await supervisor.hold(id))).toBe("not_allowed_now");
  });

  it("a job is paused when its keeper says that everything is frozen", async () => {
    const { id, attempt } = await running();
    const asked = supervisor.pause(id);
    expect(attempt.said).toEqual(["pause"]);
    attempt.report({ paused: true });
    expect(accepted(await asked).state).toBe("paused");
    const resumed = supervisor.resume(id);
    attempt.report({ paused: false });
    expect(accepted(await resumed).state).toBe("running");
  });
});

describe("a server that starts again", () => {
  it("follows a running attempt on, and can cancel it", async () => {
    const { id, attempt } = await running();
    await restart();
    expect(accepted(await supervisor.show(id)).state).toBe("running");
    await supervisor.cancel(id, 5);
    await heard(() => attempt.said.includes("stop cancel 5 prolong"));
    attempt.end({ reason: "cancel" });
    await reaches(id, "cancelled");
  });

  it("learns the outcome of a job that ended in between", async () => {
    const { id, attempt } = await running();
    supervisor.close();
    attempt.end({ main: { pid: 812, code: 7, signal: null, core: false } });
    await start();
    expect((await reaches(id, "failed")).outcome?.code).toBe(7);
  });

  it("passes on a request that the keeper never got", async () => {
    const { id, attempt } = await running();
    attempt.keeperAlive = false;
    supervisor.close();
    store.commitNow("starting", () => {
      requestStop(attempt, 1, 700);
      store.jobs.advance(id, "running", "stop", 1, { reason: "cancel" });
    });
    attempt.keeperAlive = true;
    await start();
    await heard(() => attempt.said.includes("stop cancel 700"));
  });

  it("passes on a request to kill to a keeper that is already stopping, with a longer grace", async () => {
    const { id, attempt } = await running();
    attempt.report({ phase: "terminating", reason: "time_limit", kill_in_ms: 60_000 });
    await reaches(id, "stopping");
    supervisor.close();
    store.commitNow("cancel", () => requestStop(attempt, 1, 0));
    await start();
    await heard(() => attempt.said.includes("stop cancel 0"));
  });

  it("passes on only those requests that the keeper has not heard, and prolongs nothing again", async () => {
    const { id, attempt } = await running();
    await supervisor.cancel(id, null);
    await supervisor.cancel(id, 300_000);
    supervisor.close();
    store.commitNow("cancel", () => requestStop(attempt, 3, 0));
    clock.setWallClock(clock.nowMs() + 86_400_000);
    await start();
    await heard(() => attempt.said.includes("stop cancel 0"));
    expect(attempt.said).toEqual([
      "stop cancel 10000",
      "stop cancel 300000 prolong",
      "stop cancel 0",
    ]);
    await supervisor.cancel(id, 5000);
    expect(attempt.said.at(-1)).toBe("stop cancel 5000 prolong");
  });

  it("is not held up by a keeper that lives and does not answer", async () => {
    const { id, attempt } = await running();
    attempt.silent = true;
    await restart();
    expect((await supervisor.health()).status).toBe("ok");
    const other = await running();
    expect(accepted(await supervisor.show(id)).state).toBe("running");
    attempt.silent = false;
    clock.advance(60_000);
    await heard(() => attempt.listener !== null);
    attempt.end();
    await reaches(id, "succeeded");
    other.attempt.end();
  });

  it("forgets no attempt because the machine would not say how it is", async () => {
    const { id, attempt } = await running();
    supervisor.close();
    attempt.end();
    engine.inspectErrors.push(Object.assign(new Error("too many open files"), { code: "EMFILE" }));
    await start();
    expect((await supervisor.health()).status).toBe("ok");
    expect(accepted(await supervisor.show(id)).state).toBe("running");
    clock.advance(60_000);
    await reaches(id, "succeeded");
    expect(defects.splice(0)).toMatchObject([{ err: { code: "EMFILE" } }]);
  });

  it("calls an attempt of another boot lost, and signals nothing", async () => {
    const { id, attempt } = await running();
    attempt.keeperAlive = false;
    engine.sight = "restarted";
    await restart({ bootId: "boot-2" });
    expect(await reaches(id, "lost")).toMatchObject({ reason: "machine_restarted" });
    expect(engine.sweeps).toEqual([]);
    expect(accepted(await supervisor.receipt(id)).proof.kind).toBe("reboot");
  });

  it("accepts a person's declaration that a namespace has ended, and names that person", async () => {
    const { id, attempt } = await running();
    attempt.keeperAlive = false;
    engine.sight = "elsewhere";
    await restart();
    expect(accepted(await supervisor.show(id)).state).toBe("running");
    store.attempts.declareEnded([attempt.row.id], { uid: 1000, atMs: 1_790_000_000_000 });
    await restart();
    expect(await reaches(id, "lost")).toMatchObject({ reason: "namespace_ended" });
    const { proof, unproven, phases } = accepted(await supervisor.receipt(id));
    expect(proof.kind).toBe("declared");
    expect(proof.message).toMatch(/nothing observed it.*declared by uid 1000 at 2026-/);
    expect(unproven.map(({ what }) => what)).toContain("that no process of it lives");
    expect(phases.map(({ name }) => name)).not.toContain("nothing left");
    expect(engine.sweeps).toEqual([]);
  });

  it("follows a keeper that answers, whatever was declared", async () => {
    const { id, attempt } = await running();
    engine.sight = "elsewhere";
    store.attempts.declareEnded([attempt.row.id], { uid: 1000, atMs: 1 });
    await restart();
    expect(accepted(await supervisor.show(id)).state).toBe("running");
    attempt.end({ main: { pid: 812, code: 7, signal: null, core: false } });
    expect((await reaches(id, "failed")).outcome?.code).toBe(7);
  });

  it("catches up with an attempt whose start the store has lost, and does not run the job twice", async () => {
    await restart({ gpus: ["GPU-a"] });
    const { id, attempt } = await running({ gpus: 1 });
    supervisor.close();
    mkdirSync(join(folder, attempt.row.id));
    forgetStart(id);
    await start({ gpus: ["GPU-a"] });
    await reaches(id, "running");
    expect(engine.of(id)).toBe(attempt);
    const next = await submit({ gpus: 1 });
    await heard(async () => accepted(await supervisor.show(next.id)).waiting?.code === "gpus");
    attempt.end({ main: { pid: 812, code: 7, signal: null, core: false } });
    expect((await reaches(id, "failed")).outcome?.code).toBe(7);
    expect(defects).toEqual([]);
  });

  it("concludes an ended job although the store has lost that it ever started", async () => {
    const { id, attempt } = await running();
    supervisor.close();
    mkdirSync(join(folder, attempt.row.id));
    attempt.end({ main: { pid: 812, code: 7, signal: null, core: false } });
    forgetStart(id);
    await start();
    expect((await reaches(id, "failed")).outcome?.code).toBe(7);
    expect(engine.attempts.size).toBe(1);
  });

  it("gives an attempt to no job of another database that has its number, living or ended", async () => {
    const [lives, ended] = [await running(), await running()];
    supervisor.close();
    for (const { attempt } of [lives, ended]) mkdirSync(join(folder, attempt.row.id));
    ended.attempt.end({ main: { pid: 812, code: 7, signal: null, core: false } });
    for (const { id } of [lives, ended]) forgetStart(id, "UPDATE jobs SET uuid = 'another'");
    await start();
    for (const { id, attempt } of [lives, ended]) {
      await reaches(id, "running");
      const own = engine.of(id);
      expect(own.row.id).not.toBe(attempt.row.id);
      own.end();
      await reaches(id, "succeeded");
    }
    const said = (await supervisor.health()).warnings.join("\n");
    expect(said).toContain(`attempt of job ${ended.id} is not of the job that has this number`);
    expect(said).toContain("has not ended; it is left alone");
    expect(lives.attempt.said).toEqual([]);
    lives.attempt.end();
  });

  it("does not launch before it knows what runs", async () => {
    await restart({ maxRunning: 1 });
    const first = await running();
    const second = await submit();
    await restart({ maxRunning: 1 });
    expect(accepted(await supervisor.show(second.id)).state).toBe("queued");
    first.attempt.end();
    await reaches(second.id, "running");
  });
});

describe("an exit record that is not its keeper's", () => {
  const survivor = {
    identity: { pid: 900, start: 1, inode: 0 },
    comm: "python3",
    state: "R",
    ties: ["cookie" as const],
  };
  const forged = { seal: "0".repeat(32) };

  it("ends nothing when another process reports it in the keeper's place", async () => {
    const { id, attempt } = await running();
    const { listener } = attempt;
    attempt.end(forged);
    attempt.keeperAlive = true;
    expect(listener).not.toBeNull();
    await heard(() => attempt.listener !== null);
    expect(accepted(await supervisor.show(id)).state).toBe("running");
    attempt.end();
    await reaches(id, "succeeded");
  });

  it("is ignored once the keeper is gone: how the job ended is unknown", async () => {
    const { id, attempt } = await running();
    supervisor.close();
    attempt.end(forged);
    await start();
    expect(await reaches(id, "lost")).toMatchObject({ reason: "keeper_lost" });
    expect(accepted(await supervisor.receipt(id)).proof.kind).toBe("sweep");
  });

  it("counts if the seal is not known any more and no process is found, and the receipt says so", async () => {
    const { id, attempt } = await running();
    supervisor.close();
    mkdirSync(join(folder, attempt.row.id));
    attempt.end(forged);
    forgetStart(id);
    await start();
    await reaches(id, "succeeded");
    const { proof, unproven } = accepted(await supervisor.receipt(id));
    expect(proof.kind).toBe("sweep");
    expect(unproven.map(({ what }) => what)).toContain("what the exit record says");
  });

  it("does not count there while a process is found, nor when the search was cut short and the process is gone", async () => {
    const { id, attempt } = await running();
    supervisor.close();
    mkdirSync(join(folder, attempt.row.id));
    attempt.end(forged);
    attempt.survivors = [survivor];
    forgetStart(id);
    await start();
    await reaches(id, "stopping");
    supervisor.close();
    attempt.survivors = [];
    await start();
    expect(await reaches(id, "lost")).toMatchObject({ reason: "keeper_lost" });
  });
});

describe("a job that only its folder may know, while the server recovers", () => {
  it("is refused as recovering by every verb, and as unknown afterwards", async () => {
    await running();
    supervisor.close();
    const silent = Promise.withResolvers<null>();
    vi.spyOn(engine, "attach").mockReturnValueOnce(silent.promise);
    const recovered = start();
    const answers = async () => [
      await supervisor.show(99),
      await supervisor.attempts(99),
      await supervisor.receipt(99),
      await supervisor.processes(99),
      await supervisor.output(99, "stdout"),
      await select("99"),
      await select("name-of-it"),
      ...(await Promise.all([
        supervisor.cancel(99, null),
        supervisor.kill(99),
        supervisor.hold(99),
        supervisor.release(99),
        supervisor.pause(99),
        supervisor.resume(99),
        supervisor.retry(99),
        supervisor.remove(99),
      ])),
    ];
    expect(new Set((await answers()).map(codeOf))).toEqual(new Set(["recovering"]));
    silent.resolve(null);
    await recovered;
    expect(new Set((await answers()).map(codeOf))).toEqual(new Set(["no_such_job"]));
  });
});

describe("a keeper that lives and cannot be reached", () => {
  it("is asked for its socket and, when a stop is wanted and that fails, asked to stop", async () => {
    const { id, attempt } = await running();
    attempt.silent = true;
    attempt.disconnect();
    await heard(() => attempt.woken.length > 0);
    accepted(await supervisor.cancel(id, null));
    while (!attempt.woken.includes("stop")) {
      clock.advance(2000);
      await new Promise((resolve) => void setImmediate(resolve));
    }
    expect(attempt.woken.slice(0, 6)).toEqual(Array.from({ length: 6 }, () => "listen"));
    attempt.end({ reason: "shutdown" });
    clock.advance(60_000);
    expect(await reaches(id, "cancelled")).toMatchObject({ reason: "cancel" });
  });
});

describe("an attempt whose keeper does not continue", () => {
  it("reaches its followers within seconds, and so does the end of that", async () => {
    const { id, attempt } = await running();
    const messages: unknown[] = [];
    const unfollow = supervisor.subscribe(id, ({ type, data }) => {
      if (type === "live") messages.push(data["message"]);
    });
    const stopped = { part: "keeper", pid: 812, how: "stopped", tracer: null } as const;
    engine.held.set(store.jobs.get(id)?.attempt ?? "", stopped);
    clock.advance(1000);
    await heard(() => messages.length === 1);
    clock.advance(1000);
    await heard(() => messages.length === 2);
    expect(messages).toEqual([
      expect.stringMatching(/^its keeper \(pid 812\) .*first seen just now.*kill -CONT 812/),
      expect.stringContaining("first seen 1s ago"),
    ]);
    engine.held.clear();
    clock.advance(2000);
    await heard(() => messages.length > 2);
    expect(messages.slice(2)).toEqual([null]);
    unfollow();
    attempt.end();
    await reaches(id, "succeeded");
  });
});

describe("an attempt whose keeper was killed", () => {
  const survivor = {
    identity: { pid: 900, start: 1, inode: 0 },
    comm: "python3",
    state: "R",
    ties: ["cgroup" as const],
  };

  it("is lost, and only when its survivors are gone", async () => {
    const { id, attempt } = await running();
    attempt.lose([survivor]);
    const stopping = await reaches(id, "stopping");
    expect(stopping.reason).toBe("keeper_lost");
    await heard(
      async () => accepted(await supervisor.show(id)).stopping?.survivors[0]?.pid === 900,
    );
    attempt.survivors = [];
    clock.advance(60_000);
    const job = await reaches(id, "lost");
    expect(job.outcome).toEqual({ code: null, signal: null, reason: "keeper_lost", leftovers: 1 });
    expect(accepted(await supervisor.receipt(id)).processes).toMatchObject([
      { pid: 900, command: "python3", how: "kill", code: null, signal: null },
    ]);
  });

  it("names what the process that had started its keeper ended, with what it knows of each", async () => {
    const { id, attempt } = await running();
    attempt.endedOrphans = {
      listed: [
        { pid: 900, start: survivor.identity.start, comm: "python3", code: null, signal: 9 },
        { pid: 901, start: 7, comm: "sh", code: 3, signal: null },
      ],
      omitted: 2,
      keepers: 1,
    };
    attempt.lose([survivor]);
    await heard(
      async () => accepted(await supervisor.show(id)).stopping?.survivors[0]?.pid === 900,
    );
    attempt.survivors = [];
    clock.advance(60_000);
    const { outcome } = await reaches(id, "lost");
    expect(outcome?.leftovers).toBe(4);
    expect(accepted(await supervisor.receipt(id))).toMatchObject({
      processes: [
        { pid: 900, how: "kill", signal: 9, statusUnknown: null },
        { pid: 901, command: "sh", how: "unknown", code: 3, aliveAtMs: null },
      ],
      processesOmitted: 2,
      processesMayLack: [expect.stringContaining("own parent")],
      ended: { kill: 1, unknown: 3 },
    });
  });

  it("does not claim what several killed keepers left", async () => {
    const { id, attempt } = await running();
    const listed = [{ pid: 950, start: 8, comm: "other", code: null, signal: 9 }];
    attempt.endedOrphans = { listed, omitted: 0, keepers: 2 };
    attempt.lose([]);
    clock.advance(60_000);
    await reaches(id, "lost");
    const { processes, processesMayLack } = accepted(await supervisor.receipt(id));
    expect(processes).toEqual([]);
    expect(processesMayLack).toContainEqual(expect.stringContaining("other killed keepers"));
  });

  it("whose survivors do not go is stuck, and says where they hang", async () => {
    const { id, attempt } = await running();
    engine.stacks.set(900, ["folio_wait_bit"]);
    attempt.lose([survivor]);
    await heard(
      async () => accepted(await supervisor.show(id)).stopping?.survivors[0]?.pid === 900,
    );
    expect(accepted(await supervisor.show(id)).stopping?.stuck).toBe(false);
    while (accepted(await supervisor.show(id)).stopping?.survivors[0]?.stack === null) {
      clock.advance(1000);
      await new Promise((resolve) => void setImmediate(resolve));
    }
    expect(accepted(await supervisor.show(id)).stopping).toMatchObject({
      stuck: true,
      survivors: [{ pid: 900, stack: ["folio_wait_bit"] }],
    });
    attempt.survivors = [];
    clock.advance(60_000);
    await reaches(id, "lost");
  });

  it("names a survivor that may not be signalled, and what ends it", async () => {
    const { id, attempt } = await running();
    const obstacle = {
      kind: "other_user" as const,
      message: "a process of user 0, which user 1000 may not signal",
      remedy: "sudo kill -KILL 900",
    };
    engine.obstacles.set(900, obstacle);
    attempt.lose([survivor]);
    await heard(
      async () => accepted(await supervisor.show(id)).stopping?.survivors[0]?.denied === true,
    );
    while (accepted(await supervisor.show(id)).stopping?.survivors[0]?.obstacle === null) {
      clock.advance(1000);
      await new Promise((resolve) => void setImmediate(resolve));
    }
    expect(accepted(await supervisor.show(id)).stopping?.survivors[0]?.obstacle).toEqual(obstacle);
    attempt.survivors = [];
    clock.advance(60_000);
    await reaches(id, "lost");
  });

  it("is followed again when only the connection broke", async () => {
    const { id, attempt } = await running();
    attempt.disconnect();
    await heard(() => attempt.listener !== null);
    attempt.end();
    await reaches(id, "succeeded");
    expect(engine.sweeps).toEqual([]);
  });
});

describe("a stop that the kernel does not finish", () => {
  const survivors = [
    { pid: 812, start: 1, inode: 0, comm: "cp", state: "D", wchan: "nfs_wait", denied: false },
  ];

  it("is stuck 10 s after KILL, with the place in the kernel, and not before", async () => {
    const { id, attempt } = await running();
    engine.stacks.set(812, ["nfs_wait_bit_killable", "nfs_wait"]);
    await supervisor.cancel(id, 0);
    attempt.report({ phase: "verifying", stop_age_ms: 0, left: 1, survivors });
    const stopping = async () => accepted(await supervisor.show(id)).stopping;
    await heard(async () => (await stopping())?.phase === "verifying");
    clock.advance(9_999);
    expect(await stopping()).toMatchObject({ stuck: false, survivors: [{ stack: null }] });
    clock.advance(1);
    await heard(async () => (await stopping())?.survivors[0]?.stack !== null);
    expect(await stopping()).toMatchObject({
      stuck: true,
      survivors: [{ pid: 812, stack: ["nfs_wait_bit_killable", "nfs_wait"] }],
    });
    expect(accepted(await supervisor.show(id)).state).toBe("stopping");
    attempt.end({ reason: "cancel" });
    await reaches(id, "cancelled");
  });

  it("keeps its GPU", async () => {
    await restart({ gpus: ["GPU-1"] });
    const { id, attempt } = await running({ gpus: 1 });
    await supervisor.cancel(id, 0);
    attempt.report({ phase: "verifying", stop_age_ms: 0, left: 1, survivors });
    const next = await submit({ gpus: 1 });
    clock.advance(60_000);
    expect(accepted(await supervisor.show(next.id)).state).toBe("queued");
    attempt.end({ reason: "cancel" });
    await reaches(id, "cancelled");
    await reaches(next.id, "running");
  });
});

describe("a job in a container that outlives its client", () => {
  const container = { runtime: "docker" as const, image: "ubuntu:24.04" };
  const id64 = "ab".repeat(32);

  it("has ended only when its container is proven gone", async () => {
    const { id, attempt } = await running({ container });
    const still = { id: id64, gone: null, removed: true, message: "docker still has it" };
    engine.containers.push(still, still);
    attempt.end();
    await heard(() => engine.settled.length === 1);
    // Not reported at once: a runtime may take a moment to clean up.
    expect(accepted(await supervisor.show(id)).state).toBe("running");
    clock.advance(1000);
    const stopping = await reaches(id, "stopping");
    await heard(async () => accepted(await supervisor.show(id)).stopping?.container !== null);
    expect(accepted(await supervisor.show(id)).stopping).toMatchObject({
      phase: "verifying",
      container: { runtime: "docker", id: id64, message: "docker still has it" },
    });
    expect(stopping.outcome).toBeNull();
    clock.advance(60_000);
    await reaches(id, "succeeded");
    expect(accepted(await supervisor.receipt(id)).container).toEqual({
      runtime: "docker",
      image: "ubuntu:24.04",
      name: `holdfast-${attempt.row.id}`,
      id: id64,
      gone: "the fake knows none",
      stopped: true,
    });
  });

  it("that is gone with its client ends like any other", async () => {
    const { id, attempt } = await running({ container });
    attempt.end();
    await reaches(id, "succeeded");
    expect(statesOf(id)).toEqual(["queued", "starting", "running", "succeeded"]);
    expect(accepted(await supervisor.receipt(id)).container?.stopped).toBe(false);
  });

  it("that its client could not create is not waited for", async () => {
    const { id, attempt } = await running({ container });
    engine.containers.push({ gone: null, message: "Cannot connect to the Docker daemon" });
    attempt.end({ main: { pid: 812, code: 125, signal: null, core: false } });
    await reaches(id, "failed");
    expect(accepted(await supervisor.receipt(id)).container).toMatchObject({
      id: null,
      gone: "its client made none",
    });
  });

  it("that its client did make is waited for, whatever its exit code", async () => {
    const { id, attempt } = await running({ container });
    engine.containers.push({ id: id64, gone: null, message: "Cannot connect" });
    attempt.end({ main: { pid: 812, code: 125, signal: null, core: false } });
    await heard(() => engine.settled.length === 1);
    clock.advance(60_000);
    await reaches(id, "failed");
    expect(engine.settled).toHaveLength(2);
  });

  it("is asked for again by the next server", async () => {
    const { id, attempt } = await running({ container });
    engine.containers.push({ gone: null, message: "the daemon does not answer" });
    attempt.end();
    await heard(() => engine.settled.length === 1);
    await restart();
    await reaches(id, "succeeded");
    expect(engine.settled).toHaveLength(2);
  });

  it("is looked for when its keeper was killed, after its processes", async () => {
    const { id, attempt } = await running({ container });
    attempt.lose();
    await reaches(id, "lost");
    expect(engine.sweeps).toHaveLength(1);
    expect(engine.settled).toHaveLength(1);
    expect(accepted(await supervisor.receipt(id)).container).not.toBeNull();
  });

  it("leaves nothing to sample for with apptainer, whose processes are the keeper's own", async () => {
    const { id, attempt } = await running({
      container: { runtime: "apptainer", image: "/images/a.sif" },
    });
    attempt.end();
    await reaches(id, "succeeded");
    expect(engine.settled).toEqual([]);
    expect(accepted(await supervisor.receipt(id)).container).toBeNull();
  });
});

describe("submitting", () => {
  it("twice with one key makes one job; with one key and another request is refused", async () => {
    const first = await submit({ name: "a" }, "key-1");
    expect((await submit({ name: "a" }, "key-1")).id).toBe(first.id);
    const other = jobRequest.parse({ command: ["true"], cwd: "/", name: "b" });
    expect(codeOf(await supervisor.submit(other, "key-1"))).toBe("idempotency_mismatch");
  });

  it.each([
    [{ cwd: "/nonexistent" }, "no_such_folder"],
    [{ command: ["echo", "x".repeat(200_000)] }, "command_too_long"],
    [
      { command: ["echo", ...Array.from({ length: 30 }, () => "x".repeat(100_000))] },
      "command_too_long",
    ],
  ])("what cannot run is refused: %#", async (request, code) => {
    const valid = jobRequest.parse({ command: ["true"], cwd: "/", ...request });
    expect(codeOf(await supervisor.submit(valid, null))).toBe(code);
  });

  it("never gives values of the environment back", async () => {
    const seen: JobEvent[] = [];
    supervisor.subscribe(null, (event) => seen.push(event));
    const { id, attempt } = await running({ env: { TOKEN: "canary-value" } });
    expect(attempt.spec.env).toMatchObject({ TOKEN: "canary-value" });
    attempt.end();
    await reaches(id, "succeeded");
    const everything = [
      await supervisor.show(id),
      await supervisor.receipt(id),
      await supervisor.events({ job: null, after: 0, limit: 100 }),
      seen,
    ];
    expect(JSON.stringify(everything)).not.toContain("canary-value");
  });
});

describe("limits of resources", () => {
  const limits = { memoryMaxBytes: 2 ** 30, pidsMax: 50 };

  it("are shown with what enforces them, before the launch and in the receipt", async () => {
    engine.ways["memory"] = "polled";
    const { id } = await submit({ limits, held: true });
    const expected = [
      { what: "memory", wanted: 2 ** 30, how: "polled", why: null },
      { what: "pids", wanted: 50, how: "pids", why: null },
    ];
    expect(accepted(await supervisor.show(id)).limits).toEqual(expected);
    accepted(await supervisor.release(id));
    await reaches(id, "running");
    engine.of(id).end();
    await reaches(id, "succeeded");
    expect(accepted(await supervisor.receipt(id)).limits).toEqual(expected);
  });

  it("that turned out otherwise at the launch stay so over a restart, into the receipt", async () => {
    engine.refused.add("pids");
    const { id, attempt } = await running({ limits });
    engine.refused.clear();
    engine.ways["pids"] = "pids.max";
    await restart();
    attempt.end();
    await reaches(id, "succeeded");
    expect(accepted(await supervisor.receipt(id)).limits[1]).toMatchObject({ how: "not applied" });
  });

  it("that the keeper was refused are not called applied", async () => {
    const { id, attempt } = await running({ limits, cpus: "0-1" });
    attempt.end({ unapplied: [{ what: "cpus", errno: "EINVAL" }] });
    await reaches(id, "succeeded");
    expect(accepted(await supervisor.receipt(id)).limits.at(-1)).toMatchObject({
      what: "cpus",
      how: "not applied",
      why: "EINVAL",
    });
  });

  it("that nothing enforces are refused only if the job insists", async () => {
    engine.ways["pids"] = "not applied";
    expect((await submit({ limits })).limits[1]).toMatchObject({ how: "not applied" });
    const strict = jobRequest.parse({ command: ["true"], cwd: "/", limits, strictLimits: true });
    expect(codeOf(await supervisor.submit(strict, null))).toBe("limits_not_applicable");
  });

  it("that the job insists on and the kernel refuses at the launch fail it, and nothing runs", async () => {
    engine.refused.add("pids");
    const { id } = await submit({ limits, strictLimits: true });
    const job = await reaches(id, "failed");
    expect(job).toMatchObject({ reason: "launch_failed" });
    expect(job.message).toContain("pids 50 is not applied");
    expect(engine.attempts.size).toBe(0);
  });

  it("of CPUs that are not there are refused, with those that are", async () => {
    const asked = (request: Partial<JobRequest>) =>
      supervisor.submit(jobRequest.parse({ command: ["true"], cwd: "/", ...request }), null);
    expect(codeOf(await asked({ cpus: "7-8" }))).toBe("no_such_cpus");
    expect(codeOf(await asked({ limits: { cpuCores: 8.5 } }))).toBe("no_such_cpus");
    expect(codeOf(await asked({ cpus: "0-7", limits: { cpuCores: 8 } }))).toBeNull();
  });

  it("that the kernel enforced by killing end the job as out of memory, with the process and the amount", async () => {
    const { id, attempt } = await running({ limits });
    attempt.end({
      main: { pid: 812, code: null, signal: 9, core: false },
      oom_kills: 1,
      oom_victims: [{ pid: 812, comm: "python3" }],
      memory_peak_bytes: 2 ** 30,
    });
    const job = await reaches(id, "failed");
    expect(job.outcome).toMatchObject({ reason: "out_of_memory", signal: 9 });
    expect(job.message).toBe(
      "the kernel killed python3 (pid 812) for memory: limit 1GiB, peak 1GiB",
    );
    expect(accepted(await supervisor.receipt(id))).toMatchObject({
      oomKills: 1,
      oomVictims: [{ pid: 812, command: "python3" }],
      pressure: { cpu: { someUs: 150_000, fullUs: 0 }, io: null },
    });
  });
});

describe("retrying and removing", () => {
  it("an ended job: a new one with the same specification and environment; the old one stays as it is", async () => {
    const { id, attempt } = await running({ env: { A: "1" }, name: "train" });
    expect(codeOf(await supervisor.retry(id))).toBe("not_ended");
    attempt.end({ main: { pid: 812, code: 1, signal: null, core: false } });
    await reaches(id, "failed");
    const again = accepted(await supervisor.retry(id));
    expect(again).toMatchObject({ retryOf: id, spec: { name: "train" } });
    await reaches(again.id, "running");
    expect(engine.of(again.id).spec.env).toMatchObject({ A: "1" });
    expect(accepted(await supervisor.show(id)).state).toBe("failed");
  });

  it("an ended job has no secrets any more: its retry names them, and takes them from the request", async () => {
    const env = { A: "1", HF_TOKEN: "canary-1", URL: "postgres://ada:canary-2@db/x" };
    const { id, attempt } = await running({ env });
    expect(store.jobs.environmentOf(id)).toEqual(env);
    attempt.end({ main: { pid: 812, code: 1, signal: null, core: false } });
    await reaches(id, "failed");
    expect(store.jobs.environmentOf(id)).toEqual({ A: "1" });
    expect(accepted(await supervisor.show(id)).spec.envNames).toEqual(["A", "HF_TOKEN", "URL"]);
    expect(await supervisor.retry(id, { HF_TOKEN: "x" })).toMatchObject({
      ok: false,
      refusal: { code: "secrets_removed", details: { names: "URL", options: "-e URL" } },
    });
    expect(await supervisor.retry(id)).toMatchObject({
      refusal: { details: { names: "HF_TOKEN, URL", options: "-e HF_TOKEN -e URL" } },
    });
    const again = accepted(await supervisor.retry(id, { HF_TOKEN: "x", URL: "y" }));
    await reaches(again.id, "running");
    expect(engine.of(again.id).spec.env).toMatchObject({ A: "1", HF_TOKEN: "x", URL: "y" });
  });

  it("a job that has not ended keeps its secrets for its next attempt, and an ended job keeps them with keep_secrets", async () => {
    const env = { HF_TOKEN: "x", CODE: "y" };
    const { id: waits } = await submit({ env, held: true });
    expect(store.jobs.environmentOf(waits)).toEqual(env);
    supervisor.close();
    await start({ env: { HOLDFAST_JOBS_KEEP_SECRETS: "true" } });
    accepted(await supervisor.cancel(waits, null));
    expect(store.jobs.environmentOf(waits)).toEqual(env);
    accepted(await supervisor.retry(waits));
    // Without it, what was kept is removed at the next start.
    supervisor.close();
    await start({ env: { HOLDFAST_JOBS_SECRETS: "CODE" } });
    expect(store.jobs.environmentOf(waits)).toEqual({});
  });

  it("an ended job goes with its folder; a live one is refused", async () => {
    const { id, attempt } = await running();
    expect(codeOf(await supervisor.remove(id))).toBe("not_ended");
    attempt.end();
    await reaches(id, "succeeded");
    accepted(await supervisor.remove(id));
    expect(codeOf(await supervisor.show(id))).toBe("no_such_job");
    expect(engine.discarded).toEqual([attempt.row.id]);
  });
});

describe("what is kept of the history", () => {
  const keeping = async (env: NodeJS.ProcessEnv) => {
    supervisor.close();
    await start({ env });
  };
  const endedAfter = async (bytes: number) => {
    const { id, attempt } = await running();
    attempt.end({ output: { stdout_bytes: bytes, stderr_bytes: null, punched_bytes: 0 } });
    await reaches(id, "succeeded");
    clock.advance(60_000);
    return id;
  };
  const gone = async (id: number) => codeOf(await supervisor.show(id)) === "no_such_job";

  it("is everything by default", async () => {
    const id = await endedAfter(1);
    clock.advance(100 * 365 * 86_400_000);
    expect(accepted(await supervisor.show(id)).state).toBe("succeeded");
  });

  it.each([
    ["as many as wanted", { HOLDFAST_HISTORY_KEEP_COUNT: "2" }],
    ["as much output as wanted", { HOLDFAST_HISTORY_KEEP_BYTES: "250B" }],
    ["what is not too old", { HOLDFAST_HISTORY_KEEP_FOR: "150s" }],
  ])("is %s, the newest; a job that has not ended is never touched", async (_, env) => {
    const live = await running();
    const ended = [await endedAfter(100), await endedAfter(100), await endedAfter(100)];
    await keeping(env);
    clock.advance(1000);
    await heard(() => gone(ended[0] ?? 0));
    expect(await Promise.all(ended.map(gone))).toEqual([true, false, false]);
    expect(engine.discarded).toHaveLength(1);
    expect(accepted(await supervisor.show(live.id)).state).toBe("running");
    live.attempt.end();
    await reaches(live.id, "succeeded");
  });

  it("is not forgotten because the clock was set forward, before this server or while it ran", async () => {
    const ended = await endedAfter(100);
    clock.setWallClock(clock.nowMs() + 365 * 86_400_000);
    await keeping({ HOLDFAST_HISTORY_KEEP_FOR: "30d" });
    clock.advance(1000);
    await heard(async () => (await supervisor.health()).warnings.length > 0);
    expect((await supervisor.health()).warnings.join()).toContain("ahead of the time");
    clock.setWallClock(clock.nowMs() + 365 * 86_400_000);
    clock.advance(10 * 60_000);
    await heard(() => store.marks.get("passed-time") !== null);
    expect(await gone(ended)).toBe(false);
  });
});

describe("selecting", () => {
  it("takes ids, ranges, places from the last, and names", async () => {
    for (const name of ["a", "b", "b"]) await submit({ name, held: true });
    expect(accepted(await select("1,3"))).toEqual([3, 1]);
    expect(accepted(await select("2-3,1"))).toEqual([3, 2, 1]);
    expect(accepted(await select("@"))).toEqual([3]);
    expect(accepted(await select("@~2"))).toEqual([1]);
    expect(accepted(await select("a"))).toEqual([1]);
    expect(codeOf(await select("b"))).toBe("ambiguous_name");
    expect(codeOf(await select("@~3"))).toBe("no_such_job");
    expect(codeOf(await select("@x"))).toBe("bad_selector");
    expect(codeOf(await select("9"))).toBe("no_such_job");
  });
});

function emptyAt(empty_ms: number): ExitRecord["times"] {
  const unseen = { main_ended_ms: null, stop_ms: null, term_ms: null, kill_ms: null };
  return { claimed_ms: clock.nowMs(), exec_ms: null, ...unseen, empty_ms };
}

/** As recorded by a server that is killed before it passes it to the keeper. */
function requestStop({ row }: FakeAttempt, number: number, graceMs: number): void {
  const request = {
    number,
    reason: "cancel",
    graceMs,
    prolong: false,
    atMs: 1,
    client: null,
  } as const;
  store.stopRequests.add(row.job, row.id, request);
  store.jobs.stopRequested(row.job, "running", request);
}

/** As if the last commits had not reached the disk. */
function forgetStart(id: number, ...more: string[]): void {
  store.close();
  // Through Holdfast's own door: the rows are sound, and old.
  const db = new Database(join(folder, "holdfast.db"));
  db.run("DELETE FROM attempts WHERE job = ?", id);
  db.run("UPDATE jobs SET state = 'queued', attempt = NULL, started_at_ms = NULL WHERE id = ?", id);
  for (const sql of more) db.run(sql);
  db.close();
  store = new Store({
    path: join(folder, "holdfast.db"),
    soon: (callback) => clock.soon(callback),
  });
}

/** Turns of the event loop until something has happened that no event announces. */
async function heard(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let turns = 0; !(await condition()); turns += 1) {
    if (turns > 2000) throw new Error("it did not happen");
    await new Promise((resolve) => setImmediate(resolve));
  }
}
