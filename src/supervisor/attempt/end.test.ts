import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { accepted, codeOf, Supervised } from "../testing/supervised.ts";
import { eventually } from "../../system/eventually.ts";

let server: Supervised;

beforeEach(async () => {
  server = await Supervised.begin();
});

afterEach(() => server.end());

describe("a job that ends without a stop", () => {
  it("has succeeded with 0 and nothing left", async () => {
    const { id, attempt } = await server.running();
    attempt.end();
    const job = await server.reaches(id, "succeeded");
    expect(job.outcome).toEqual({ code: 0, signal: null, reason: "exited", leftovers: 0 });
    expect(server.statesOf(id)).toEqual(["queued", "starting", "running", "succeeded"]);
  });

  it("has failed with anything else", async () => {
    const { id, attempt } = await server.running();
    attempt.end({ main: { pid: 812, code: 3, signal: null, core: false } });
    expect((await server.reaches(id, "failed")).outcome).toMatchObject({
      code: 3,
      reason: "exited",
    });
  });

  it("is stopping while what it left behind is stopped, and says so when it has ended", async () => {
    const { id, attempt } = await server.running();
    attempt.report({ phase: "terminating", main: { pid: 812, alive: false }, total: 3, left: 3 });
    const stopping = await server.reaches(id, "stopping");
    expect(stopping).toMatchObject({
      reason: "exited",
      stopping: { phase: "terminating", left: 3 },
    });
    attempt.end({ leftovers: 3 });
    expect(await server.reaches(id, "succeeded")).toMatchObject({
      outcome: { leftovers: 3 },
      message: "its main process left 3 processes behind; they were stopped",
    });
  });

  it("that could not be executed has failed, and says what to check", async () => {
    const { id, attempt } = await server.running({ command: ["pyhton"] });
    attempt.end({
      reason: "exec_failed",
      main: { pid: 812, code: 127, signal: null, core: false },
      exec_error: { stage: "exec", errno: 2, name: "ENOENT" },
    });
    const job = await server.reaches(id, "failed");
    expect(job).toMatchObject({ reason: "exec_failed", outcome: { code: 127 } });
    expect(job.message).toContain("not found");
  });

  it("has a receipt with what proved the emptiness", async () => {
    const { id, attempt } = await server.running();
    expect(codeOf(await server.supervisor.receipt(id))).toBe("no_receipt");
    attempt.end();
    await server.reaches(id, "succeeded");
    expect(accepted(await server.supervisor.receipt(id))).toMatchObject({
      state: "succeeded",
      tier: "cgroup",
      proof: { kind: "keeper", echild: true, populated: 0 },
      unproven: [],
      ended: { term: 2, kill: 1 },
    });
  });
});

describe("a stop that the keeper decided", () => {
  it("at the time limit leads to timed_out", async () => {
    const { id, attempt } = await server.running({ limitMs: 1000 });
    attempt.report({ phase: "terminating", reason: "time_limit" });
    await server.reaches(id, "stopping");
    attempt.end({ reason: "time_limit", main: { pid: 812, code: null, signal: 15, core: false } });
    expect((await server.reaches(id, "timed_out")).outcome).toMatchObject({
      signal: 15,
      reason: "time_limit",
    });
  });

  it("and carried out while no server ran is written down in order", async () => {
    const { id, attempt } = await server.running();
    server.supervisor.close();
    attempt.end({ reason: "time_limit" });
    await server.start();
    await server.reaches(id, "timed_out");
    expect(server.statesOf(id)).toEqual(["queued", "starting", "running", "stopping", "timed_out"]);
  });
});

describe("a stop that the kernel does not finish", () => {
  const survivors = [
    { pid: 812, start: 1, inode: 0, comm: "cp", state: "D", wchan: "nfs_wait", denied: false },
  ];

  it("is stuck 10 s after KILL, with the place in the kernel, and not before", async () => {
    const { id, attempt } = await server.running();
    server.engine.stacks.set(812, ["nfs_wait_bit_killable", "nfs_wait"]);
    await server.supervisor.cancel(id, 0);
    attempt.report({ phase: "verifying", stop_age_ms: 0, left: 1, survivors });
    const stopping = async () => accepted(await server.supervisor.show(id)).stopping;
    await eventually(async () => (await stopping())?.phase === "verifying");
    server.clock.advance(9_999);
    expect(await stopping()).toMatchObject({ stuck: false, survivors: [{ stack: null }] });
    server.clock.advance(1);
    await eventually(async () => (await stopping())?.survivors[0]?.stack !== null);
    expect(await stopping()).toMatchObject({
      stuck: true,
      survivors: [{ pid: 812, stack: ["nfs_wait_bit_killable", "nfs_wait"] }],
    });
    expect(accepted(await server.supervisor.show(id)).state).toBe("stopping");
    attempt.end({ reason: "cancel" });
    await server.reaches(id, "cancelled");
  });

  it("keeps its GPU", async () => {
    await server.restart({ gpus: ["GPU-1"] });
    const { id, attempt } = await server.running({ gpus: 1 });
    await server.supervisor.cancel(id, 0);
    attempt.report({ phase: "verifying", stop_age_ms: 0, left: 1, survivors });
    const next = await server.submit({ gpus: 1 });
    server.clock.advance(60_000);
    expect(accepted(await server.supervisor.show(next.id)).state).toBe("queued");
    attempt.end({ reason: "cancel" });
    await server.reaches(id, "cancelled");
    await server.reaches(next.id, "running");
  });
});
