import { chownSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createClient } from "../src/client/client.ts";
import type { OrphanScan } from "../src/contract/orphans.ts";
import type { Holders } from "../src/contract/holders.ts";
import type { StoppedAttempt } from "../src/contract/rescue.ts";
import { realClock } from "../src/system/clock.ts";
import { spawnerOf } from "./containment/failing-keeper.ts";
import {
  childrenOf,
  killLive,
  liveProcess,
  until,
  untilAnswered,
  type LiveProcess,
} from "./containment/live-process.ts";
import { PrivateServer } from "./containment/private-server.ts";
import { Stage } from "./containment/stage.ts";
import { endHolders, listHeld } from "./fixtures/witness.ts";
import { documents, holdfast, holdfastThrough } from "./rescue-program.ts";

/** Keepers and payloads have to be found without the folder that has their records. */
describe("a state folder that goes while a job runs", () => {
  let server: PrivateServer;
  let stage: Stage;
  let moved: string;

  beforeEach(async () => {
    server = await PrivateServer.start({ cgroup: "auto" });
    stage = await Stage.set(server);
    moved = `${server.stateDir}-moved`;
  });
  afterEach(async () => {
    await endHolders(stage.witnessDir);
    await server.end();
    await stage.clear();
  });

  test("removed: its server ends, the next one names what lives, and emergency-stop ends it", async () => {
    const { id, attempt } = await stage.play("25-ordinary-tree");
    rmSync(server.stateDir, { recursive: true });
    expect(await server.untilDead()).toBeNull();
    const before = await listHeld(stage.witnessDir);
    expect(before.length).toBeGreaterThan(0);

    await server.start();
    const gone = new RegExp(
      `\\d+ processes of 1 attempt of a state folder that is gone \\(${server.stateDir}\\)`,
    );
    const listed = await holdfast(server, "ls");
    expect(listed.stderr + listed.stdout).toMatch(/No jobs/);
    expect(listed.stderr + listed.stdout).toMatch(gone);
    expect((await holdfast(server, "server", "status")).stdout).toMatch(gone);
    expect((await holdfast(server, "doctor", "--window", "1s")).stdout).toMatch(gone);

    const scan = documents<OrphanScan>((await holdfast(server, "orphans", "--json")).stdout)[0];
    const suspect = scan?.suspects.find(({ evidence }) => evidence[0]?.includes(attempt));
    expect(suspect).toMatchObject({ class: "state-folder-gone", confidence: "proven" });
    expect(suspect?.processes.map(({ pid }) => pid)).toEqual(
      expect.arrayContaining(before.flatMap(({ pids }) => pids)),
    );
    const pid = String(before[0]?.pids[0]);
    const shown = documents<Holders>(
      (await holdfast(server, "holders", `pid:${pid}`, "--json")).stdout,
    )[0];
    expect(shown?.holders[0]?.owner).toContain(`job ${id} of a state folder that is gone`);

    const dry = await holdfast(server, "emergency-stop", "--dry-run", "--all", "--json");
    expect(documents<StoppedAttempt>(dry.stdout)).toMatchObject([
      { job: id, attempt, did: "would be stopped", stateDir: server.stateDir },
    ]);
    expect(await listHeld(stage.witnessDir)).toEqual(before);
    const stopped = await holdfast(server, "emergency-stop", "--all", "--json");
    expect(stopped.code).toBe(0);
    expect(documents<StoppedAttempt>(stopped.stdout)).toMatchObject([
      { job: id, attempt, did: "stopped by its keeper", left: [] },
    ]);
    expect(await listHeld(stage.witnessDir)).toEqual([]);
    expect(await stage.bystanders.missing()).toEqual([]);
    const keeper = Number(documents<StoppedAttempt>(dry.stdout)[0]?.keeper);
    await until(() => !existsSync(`/proc/${keeper}`));
    let abandoned: string[] = [];
    await untilAnswered(
      async () => {
        abandoned = (await server.client.health()).abandoned.map(({ stateDir }) => stateDir);
        return !abandoned.includes(server.stateDir);
      },
      () => abandoned.join(", "),
    );
  });

  test("removed, and its keeper killed: what lives is named and ended all the same", async () => {
    const { attempt } = await stage.play("01-escapes-session");
    const spawner = await spawnerOf(server.pid);
    const keeper = childrenOf(spawner.pid)[0];
    rmSync(server.stateDir, { recursive: true });
    await server.untilDead();
    await killLive(spawner);
    if (keeper !== undefined) await killLive(keeper);
    expect((await listHeld(stage.witnessDir)).length).toBeGreaterThan(0);
    const stopped = await holdfast(server, "emergency-stop", "--all", "--json", "--grace", "0s");
    expect(stopped.code).toBe(0);
    expect(documents<StoppedAttempt>(stopped.stdout)).toMatchObject([
      { attempt, did: "stopped without its keeper", left: [] },
    ]);
    expect(await listHeld(stage.witnessDir)).toEqual([]);
    await server.start();
  });

  test("moved, and another in its place: what lives belongs to the folder that was moved", async () => {
    const { id, attempt } = await stage.play("25-ordinary-tree");
    renameSync(server.stateDir, moved);
    await server.untilDead();
    await server.start();
    // The search for it runs beside the recovery.
    let status: string;
    await untilAnswered(
      async () => ({ status } = await server.client.health()).status === "ok",
      () => status,
    );
    expect((await server.client.health()).abandoned).toMatchObject([
      { stateDir: server.stateDir, movedTo: moved, attempts: 1 },
    ]);
    const before = await listHeld(stage.witnessDir);
    const scan = documents<OrphanScan>((await holdfast(server, "orphans", "--json")).stdout)[0];
    const mine = scan?.moved?.filter((one) => one.attempt === attempt);
    expect(mine).toMatchObject([{ jobId: id, stateDir: server.stateDir, movedTo: moved }]);
    expect(mine?.[0]?.processes.map(({ pid }) => pid)).toEqual(
      expect.arrayContaining(before.flatMap(({ pids }) => pids)),
    );
    expect((await holdfast(server, "orphans")).stdout).toContain(
      `job ${id} of a state folder that was moved`,
    );
    const left = await holdfast(server, "emergency-stop", "--all", "--json");
    expect(left.code).toBe(1);
    expect(documents<StoppedAttempt>(left.stdout)).toMatchObject([
      { job: id, did: "its state folder was moved", stateDir: moved },
    ]);
    expect(await listHeld(stage.witnessDir)).toEqual(before);

    const there = { folder: server.folder, stateDir: moved };
    expect(await holdfast(there, "emergency-stop", "--all")).toMatchObject({ code: 0 });
    expect(await listHeld(stage.witnessDir)).toEqual([]);
    expect(existsSync(join(moved, "attempts", attempt, "exit.json"))).toBe(true);
    expect(existsSync(join(server.stateDir, "attempts", attempt))).toBe(false);
  });
});

async function keeperOf(server: PrivateServer, id: number): Promise<LiveProcess> {
  return liveProcess((await server.client.show(id)).attempt?.keeperPid ?? 0);
}

/** It waits minutes for a folder to come back that can take its record. */
async function endWaiting(keeper: LiveProcess | null): Promise<void> {
  if (keeper !== null) await killLive(keeper);
}

const user = 54_325;
const asUser = ["setpriv", `--reuid=${user}`, `--regid=${user}`, "--clear-groups"];

/** Of an ordinary user's keeper only the title can be read. */
test.skipIf(process.getuid?.() !== 0)(
  "an ordinary user's state folder that goes while a job runs: what lives is found and ended",
  async () => {
    const server = await PrivateServer.start({ cgroup: "off", user, through: asUser });
    const stage = await Stage.set(server);
    let keeper: LiveProcess | null = null;
    try {
      const { id } = await stage.play("25-ordinary-tree");
      keeper = await keeperOf(server, id);
      rmSync(server.stateDir, { recursive: true });
      expect(await server.untilDead()).toBeNull();
      mkdirSync(server.stateDir);
      chownSync(server.stateDir, user, user);
      const stopped = await holdfastThrough(asUser, server, "emergency-stop", "--all", "--json");
      expect(documents<StoppedAttempt>(stopped.stdout)).toMatchObject([
        { job: id, did: "stopped by its keeper", left: [] },
      ]);
      expect(await listHeld(stage.witnessDir)).toEqual([]);
      await server.start();
    } finally {
      await endHolders(stage.witnessDir);
      await endWaiting(keeper);
      await server.end();
      await stage.clear();
    }
  },
);

test("a server whose socket is elsewhere says that its state folder is gone, and still cancels", async () => {
  const runtime = mkdtempSync(join(tmpdir(), "hf-run-"));
  const server = new PrivateServer({ cgroup: "auto", env: { HOLDFAST_RUNTIME_DIR: runtime } });
  const connection = { socket: join(runtime, "server.sock"), clock: realClock };
  const client = createClient(connection);
  Object.assign(server, { connection, client });
  await server.start();
  const stage = await Stage.set(server);
  let keeper: LiveProcess | null = null;
  try {
    const { id } = await stage.play("25-ordinary-tree");
    keeper = await keeperOf(server, id);
    rmSync(server.stateDir, { recursive: true });
    const health = await client.health();
    expect(health.warnings[0]).toMatch(/state folder .* was removed/);
    expect(health.stateFolder).toBe("removed");
    await expect(client.submit({ command: ["true"], cwd: "/" })).rejects.toMatchObject({
      refusal: { code: "state_folder_gone" },
    });
    expect(await stage.cancel(id)).toMatchObject({ state: "cancelled", living: [] });
    expect((await stage.receipt(id)).proof.kind).toBe("keeper");
  } finally {
    await endHolders(stage.witnessDir);
    await endWaiting(keeper);
    await server.end();
    await stage.clear();
    rmSync(runtime, { recursive: true });
  }
});
