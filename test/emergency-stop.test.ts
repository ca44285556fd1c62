import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { StoppedAttempt } from "../src/contract/rescue.ts";
import { spawnerOf } from "./containment/failing-keeper.ts";
import { killLive } from "./containment/live-process.ts";
import { PrivateServer } from "./containment/private-server.ts";
import { Stage } from "./containment/stage.ts";
import { signalArguments, realKeeper } from "./crash/points.ts";
import { listHeld } from "./fixtures/witness.ts";
import { documents, holdfast } from "./rescue-program.ts";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { KeeperClaim } from "../src/contract/keeper.ts";

/** With the server killed: only attempt folders and keepers are there. */
describe("holdfast emergency-stop", () => {
  let server: PrivateServer;
  let stages: Stage[];

  beforeEach(async () => {
    server = await PrivateServer.start({ cgroup: "auto" });
    stages = [await Stage.set(server), await Stage.set(server)];
  });
  afterEach(async () => {
    await server.end();
    for (const stage of stages) await stage.clear();
  });

  const play = async () => {
    const [one, other] = stages;
    if (one === undefined || other === undefined) throw new Error("two stages are set");
    return {
      one,
      other,
      payload: await one.play("25-ordinary-tree"),
      rest: await other.play("02-ignores-term"),
    };
  };

  test("says what it would do and does nothing with --dry-run", async () => {
    const { one, other, payload, rest } = await play();
    await server.kill();
    const before = [await listHeld(one.witnessDir), await listHeld(other.witnessDir)];
    const { code, stdout } = await holdfast(
      server,
      "emergency-stop",
      "--dry-run",
      "--all",
      "--json",
    );
    expect(code).toBe(0);
    expect(documents<StoppedAttempt>(stdout)).toMatchObject([
      { job: payload.id, did: "would be stopped" },
      { job: rest.id, did: "would be stopped" },
    ]);
    expect([await listHeld(one.witnessDir), await listHeld(other.witnessDir)]).toEqual(before);
    await server.start();
  });

  test("stops the named jobs and nothing else; the next server knows how they ended", async () => {
    const { one, other, payload, rest } = await play();
    await server.kill();
    const { code, stderr } = await holdfast(server, "emergency-stop", String(payload.id));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(await listHeld(one.witnessDir)).toEqual([]);
    expect((await listHeld(other.witnessDir)).length).toBeGreaterThan(0);
    expect(await one.bystanders.missing()).toEqual([]);

    expect((await holdfast(server, "emergency-stop", "--all", "--grace", "100ms")).code).toBe(0);
    expect(await listHeld(other.witnessDir)).toEqual([]);
    expect(await other.bystanders.missing()).toEqual([]);
    await server.start();
    for (const { id } of [payload, rest]) {
      const { state } = await one.observe(id);
      expect(state).toBe("cancelled");
      expect((await server.client.receipt(id)).proof.kind).toBe("keeper");
    }
  });

  test("finds what a killed keeper left behind, with the spawner killed as well", async () => {
    const { one, other, payload } = await play();
    const spawner = await spawnerOf(server.pid);
    await server.kill();
    await killLive(spawner);
    const record = join(server.stateDir, "attempts", payload.attempt, "keeper.json");
    const claim = JSON.parse(readFileSync(record, "utf8")) as KeeperClaim;
    execFileSync(realKeeper, signalArguments("KILL", claim.boot_id, claim.keeper));
    const { code, stdout } = await holdfast(
      server,
      "emergency-stop",
      "--all",
      "--grace",
      "0s",
      "--json",
    );
    expect(code).toBe(0);
    const [first] = documents<StoppedAttempt>(stdout);
    expect(first).toMatchObject({ job: payload.id, did: "stopped without its keeper", left: [] });
    expect(first?.processes.length).toBeGreaterThan(0);
    expect([...(await listHeld(one.witnessDir)), ...(await listHeld(other.witnessDir))]).toEqual(
      [],
    );
    expect(await one.bystanders.missing()).toEqual([]);
    await server.start();
    expect(await one.observe(payload.id)).toMatchObject({ state: "lost" });
  });

  test("requires a job or --all", async () => {
    expect(await holdfast(server, "emergency-stop")).toMatchObject({ code: 2 });
    expect(await holdfast(server, "emergency-stop", "--all", "3")).toMatchObject({ code: 2 });
    expect(await holdfast(server, "emergency-stop", "name")).toMatchObject({ code: 2 });
  });

  test("holdfast server restart --check shows which jobs would be followed, which not, and why", async () => {
    const { payload, rest } = await play();
    const { code, stdout } = await holdfast(server, "server", "restart", "--check");
    expect(code).toBe(0);
    expect(stdout).toMatch(
      new RegExp(`job ${payload.id} .*: continues; its keeper, pid \\d+, answers`),
    );
    await server.kill();
    const record = join(server.stateDir, "attempts", rest.attempt, "keeper.json");
    const claim = JSON.parse(readFileSync(record, "utf8")) as KeeperClaim;
    execFileSync(realKeeper, signalArguments("KILL", claim.boot_id, claim.keeper));
    const after = await holdfast(server, "server", "restart", "--check");
    expect(after.code).toBe(1);
    expect(after.stdout).toMatch(new RegExp(`job ${rest.id} .*: NOT followed; its keeper is gone`));
    await server.start();
  });
});
