import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { untilTerminal } from "./containment/observation.ts";
import { PrivateServer } from "./containment/private-server.ts";
import { Stage } from "./containment/stage.ts";
import { listHeld, waitUntilFree } from "./fixtures/witness.ts";

const leaseMs = 1000;

describe("when the server ends", () => {
  let server: PrivateServer;
  let stage: Stage;

  beforeEach(async () => {
    server = await PrivateServer.start({ cgroup: "auto" });
    stage = await Stage.set(server);
  });
  afterEach(async () => {
    await server.end();
    await stage.clear();
  });

  test.each(["SIGTERM", "SIGINT", "SIGHUP", "SIGKILL"] as const)(
    "by %s, jobs keep running and the next server follows them",
    async (signal) => {
      const { id } = await stage.play("25-ordinary-tree");
      const before = await listHeld(stage.witnessDir);
      await server.kill(signal);
      await server.start();
      expect(await listHeld(stage.witnessDir)).toEqual(before);
      expect((await server.client.show(id)).state).toBe("running");
      expect(await stage.cancel(id)).toMatchObject({ state: "cancelled", living: [] });
      expect((await stage.receipt(id)).proof.kind).toBe("keeper");
    },
  );

  test("in order, its socket and its lock are free at once", async () => {
    await server.kill("SIGTERM");
    await server.start();
    expect((await server.client.health()).status).toMatch(/ok|recovering/);
  });

  test("by SIGKILL, a job that must not outlive it is stopped by its keeper", async () => {
    const { id } = await stage.play("25-ordinary-tree", [], { leaseMs });
    const other = await Stage.set(server);
    const { id: free } = await other.play("25-ordinary-tree");
    await server.kill("SIGKILL");
    await waitUntilFree(stage.witnessDir);
    expect((await listHeld(other.witnessDir)).length).toBeGreaterThan(0);
    await server.start();
    expect(await untilTerminal(server.connection, id)).toBe("cancelled");
    expect((await server.client.show(id)).outcome).toMatchObject({ reason: "lease" });
    expect(await other.cancel(free)).toMatchObject({ state: "cancelled", living: [] });
    await other.clear();
  });

  test("and comes back in time, such a job keeps running", async () => {
    const { id } = await stage.play("25-ordinary-tree", [], { leaseMs: 60_000 });
    await server.kill("SIGKILL");
    await server.start();
    expect((await server.client.show(id)).state).toBe("running");
    expect(await stage.cancel(id)).toMatchObject({ state: "cancelled" });
  });
});
