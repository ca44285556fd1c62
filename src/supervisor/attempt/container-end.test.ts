import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { accepted, Supervised } from "../testing/supervised.ts";
import { eventually } from "../../system/eventually.ts";

let server: Supervised;

beforeEach(async () => {
  server = await Supervised.begin();
});

afterEach(() => server.end());

describe("a job in a container that outlives its client", () => {
  const container = { runtime: "docker" as const, image: "ubuntu:24.04" };
  const id64 = "ab".repeat(32);

  it("has ended only when its container is proven gone", async () => {
    const { id, attempt } = await server.running({ container });
    const still = { id: id64, gone: null, removed: true, message: "docker still has it" };
    server.engine.containers.push(still, still);
    attempt.end();
    await eventually(() => server.engine.settled.length === 1);
    // Not reported at once: a runtime may take a moment to clean up.
    expect(accepted(await server.supervisor.show(id)).state).toBe("running");
    server.clock.advance(1000);
    const stopping = await server.reaches(id, "stopping");
    await eventually(
      async () => accepted(await server.supervisor.show(id)).stopping?.container !== null,
    );
    expect(accepted(await server.supervisor.show(id)).stopping).toMatchObject({
      phase: "verifying",
      container: { runtime: "docker", id: id64, message: "docker still has it" },
    });
    expect(stopping.outcome).toBeNull();
    server.clock.advance(60_000);
    await server.reaches(id, "succeeded");
    expect(accepted(await server.supervisor.receipt(id)).container).toEqual({
      runtime: "docker",
      image: "ubuntu:24.04",
      name: `holdfast-${attempt.row.id}`,
      id: id64,
      gone: "the fake knows none",
      stopped: true,
    });
  });

  it("that is gone with its client ends like any other", async () => {
    const { id, attempt } = await server.running({ container });
    attempt.end();
    await server.reaches(id, "succeeded");
    expect(server.statesOf(id)).toEqual(["queued", "starting", "running", "succeeded"]);
    expect(accepted(await server.supervisor.receipt(id)).container?.stopped).toBe(false);
  });

  it("that its client could not create is not waited for", async () => {
    const { id, attempt } = await server.running({ container });
    server.engine.containers.push({ gone: null, message: "Cannot connect to the Docker daemon" });
    attempt.end({ main: { pid: 812, code: 125, signal: null, core: false } });
    await server.reaches(id, "failed");
    expect(accepted(await server.supervisor.receipt(id)).container).toMatchObject({
      id: null,
      gone: "its client made none",
    });
  });

  it("is not called never made if nothing could be inspected", async () => {
    const { id, attempt } = await server.running({ container });
    server.engine.containers.push({ gone: null, message: "EMFILE", isRefused: true });
    attempt.end({ main: { pid: 812, code: 125, signal: null, core: false } });
    await eventually(() => server.engine.settled.length === 1);
    server.clock.advance(60_000);
    await server.reaches(id, "failed");
    expect(accepted(await server.supervisor.receipt(id)).container?.gone).toBe(
      "the fake knows none",
    );
  });

  it("that its client did make is waited for, whatever its exit code", async () => {
    const { id, attempt } = await server.running({ container });
    server.engine.containers.push({ id: id64, gone: null, message: "Cannot connect" });
    attempt.end({ main: { pid: 812, code: 125, signal: null, core: false } });
    await eventually(() => server.engine.settled.length === 1);
    server.clock.advance(60_000);
    await server.reaches(id, "failed");
    expect(server.engine.settled).toHaveLength(2);
  });

  it("is asked for again by the next server", async () => {
    const { id, attempt } = await server.running({ container });
    server.engine.containers.push({ gone: null, message: "the daemon does not answer" });
    attempt.end();
    await eventually(() => server.engine.settled.length === 1);
    await server.restart();
    await server.reaches(id, "succeeded");
    expect(server.engine.settled).toHaveLength(2);
  });

  it("is looked for when its keeper was killed, after its processes", async () => {
    const { id, attempt } = await server.running({ container });
    attempt.lose();
    await server.reaches(id, "lost");
    expect(server.engine.sweeps).toHaveLength(1);
    expect(server.engine.settled).toHaveLength(1);
    expect(accepted(await server.supervisor.receipt(id)).container).not.toBeNull();
  });

  it("leaves nothing to sample for with apptainer, whose processes are the keeper's own", async () => {
    const { id, attempt } = await server.running({
      container: { runtime: "apptainer", image: "/images/a.sif" },
    });
    attempt.end();
    await server.reaches(id, "succeeded");
    expect(server.engine.settled).toEqual([]);
    expect(accepted(await server.supervisor.receipt(id)).container).toBeNull();
  });
});
