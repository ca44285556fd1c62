import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { jobRequest } from "../../contract/job-request.ts";
import { accepted, codeOf, Supervised } from "../testing/supervised.ts";
import { eventually } from "../../system/eventually.ts";

let server: Supervised;

beforeEach(async () => {
  server = await Supervised.begin();
});

afterEach(() => server.end());

describe("a launch", () => {
  it("that fails leaves a failed job and no folder", async () => {
    server.engine.answers.push({ kind: "failed", stage: "output", errno: "EACCES" });
    const { id } = await server.submit();
    expect(await server.reaches(id, "failed")).toMatchObject({
      reason: "launch_failed",
      message: "the keeper could not start it: output EACCES",
    });
    await eventually(() => server.engine.discarded.length > 0);
    expect(server.engine.discarded).toHaveLength(1);
    expect(server.engine.prepared.size).toBe(0);
  });

  it.each(["prepareError", "flushError"] as const)(
    "waits while the disk is full, says so, and continues automatically (%s)",
    async (place) => {
      server.engine[place] = Object.assign(new Error("no space"), { code: "ENOSPC" });
      const { id } = await server.submit();
      await eventually(
        async () => accepted(await server.supervisor.show(id)).waiting?.code === "storage",
      );
      server.engine[place] = null;
      server.clock.advance(5000);
      await server.reaches(id, "running");
      expect(server.engine.of(id).row.number).toBe(place === "prepareError" ? 1 : 2);
    },
  );

  it.each([
    ["ENOSPC", "storage"],
    ["EAGAIN", "machine"],
    ["EMFILE", "machine"],
  ])(
    "that the machine refuses for want of room (%s) waits and is tried again",
    async (errno, code) => {
      server.engine.answers.push({ kind: "failed", stage: "fork", errno });
      const { id } = await server.submit();
      await eventually(
        async () => accepted(await server.supervisor.show(id)).waiting?.code === code,
      );
      server.clock.advance(5000);
      await server.reaches(id, "running");
      expect(server.statesOf(id)).toEqual(["queued", "starting", "queued", "starting", "running"]);
    },
  );

  it("that is cut short again and again is not tried again at once", async () => {
    server.engine.answers.push({ kind: "unknown" }, { kind: "unknown" });
    const { id } = await server.submit();
    await eventually(
      async () => accepted(await server.supervisor.show(id)).waiting?.code === "machine",
    );
    expect(server.store.attempts.countOf(id)).toBe(2);
    server.clock.advance(5000);
    await server.reaches(id, "running");
  });

  it("whose answer was lost is settled by its records", async () => {
    server.engine.answers.push({ kind: "unknown" });
    const { id } = await server.submit();
    // It had no claim: it is voided, and launched as a second attempt.
    await server.reaches(id, "running");
    expect(server.store.attempts.ofJob(id).map(({ number }) => number)).toEqual([1, 2]);
  });

  it("happens for as many jobs as there are slots", async () => {
    await server.restart({ maxRunning: 1 });
    const first = await server.running();
    const second = await server.submit();
    await eventually(
      async () => accepted(await server.supervisor.show(second.id)).waiting?.code === "slots",
    );
    first.attempt.end();
    await server.reaches(second.id, "running");
  });
});

describe("GPUs", () => {
  it("are assigned by UUID and not assigned again before the end is proven", async () => {
    await server.restart({ gpus: ["GPU-a"] });
    const first = await server.running({ gpus: 1 });
    expect(first.attempt.row.gpuUuids).toEqual(["GPU-a"]);
    const second = await server.submit({ gpus: 1 });
    await server.supervisor.cancel(first.id, 0);
    first.attempt.report({ phase: "verifying", reason: "cancel", left: 1 });
    await server.reaches(first.id, "stopping");
    expect(accepted(await server.supervisor.show(second.id)).state).toBe("queued");
    first.attempt.end({ reason: "cancel" });
    await server.reaches(second.id, "running");
  });

  it("that the machine does not have are refused", async () => {
    const request = jobRequest.parse({ command: ["true"], cwd: "/", gpus: 1 });
    expect(codeOf(await server.supervisor.submit(request, null))).toBe("not_enough_gpus");
  });
});
