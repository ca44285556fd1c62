import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { StoppedAttempt } from "../src/contract/rescue.ts";
import { untilTerminal } from "./containment/observation.ts";
import {
  childrenOf,
  killLive,
  liveProcess,
  type LiveProcess,
  untilAnswered,
} from "./containment/live-process.ts";
import { spawnerOf } from "./containment/failing-keeper.ts";
import { PrivateServer } from "./containment/private-server.ts";
import { Stage } from "./containment/stage.ts";
import { listHeld } from "./fixtures/witness.ts";
import { childOf, PidNamespace } from "./harness/pid-namespace.ts";
import { documents, holdfast, holdfastThrough } from "./rescue-program.ts";
import { commandOf } from "../src/processes/process-table.ts";
import { readStat } from "../src/processes/proc-stat.ts";

const isRoot = process.getuid?.() === 0;

/** As it is with a container that mounts the state folder: the server of a job is in another PID namespace than the next. */
describe.skipIf(!isRoot)("a job of a server in another PID namespace", () => {
  let inside: PidNamespace;
  let server: PrivateServer;
  let stage: Stage;
  const through: string[] = [];

  beforeEach(async () => {
    inside = await PidNamespace.open();
    through.splice(0, Infinity, ...inside.through);
    server = await PrivateServer.start({ cgroup: "auto", through });
    stage = await Stage.set(server);
  });
  afterEach(async () => {
    await inside.end();
    await server.end();
    await stage.clear();
  });

  /** The server inside is killed; the next one runs where this test does. */
  const killInside = async () => {
    const spawner = await spawnerOf(childOf(server.pid));
    await killLive(liveProcess(childOf(server.pid)));
    await server.untilDead();
    through.length = 0;
    return spawner;
  };
  const messageOf = async (id: number) => (await server.client.show(id)).message ?? "";
  const untilMessage = async (id: number, pattern: RegExp) => {
    let last = "";
    await untilAnswered(
      async () => pattern.test((last = await messageOf(id))),
      () => last,
    );
  };

  test("is followed through its keeper, which does what is asked", async () => {
    const id = await play(stage, "25-ordinary-tree");
    const before = await listHeld(stage.witnessDir);
    await killInside();
    await server.start();
    await untilMessage(id, new RegExp(`PID namespace ${inside.inode}`));
    const { state, attempt } = await server.client.show(id);
    expect({ state, pid: attempt?.pid, keeperPid: attempt?.keeperPid }).toEqual({
      state: "running",
      pid: null,
      keeperPid: null,
    });
    expect(await listHeld(stage.witnessDir)).toEqual(before);
    expect(await stage.cancel(id)).toMatchObject({ state: "cancelled", living: [] });
    expect((await stage.receipt(id)).proof.kind).toBe("keeper");
  });

  test("is neither judged nor signalled when its keeper does not answer", async () => {
    const id = await play(stage, "01-escapes-session");
    const attempt = (await server.client.show(id)).attempt?.id;
    const spawner = await killInside();
    const keeper = keeperOf(spawner, attempt);
    // The spawner first: it would end what the keeper leaves.
    await killLive(spawner);
    await killLive(keeper);
    const before = await escaped(stage);
    expect(before.length).toBeGreaterThan(0);
    await server.start();
    await untilMessage(id, /its keeper does not answer/);
    expect((await server.client.show(id)).state).toBe("running");
    await server.client.cancel(id);
    expect((await server.client.show(id)).state).toBe("stopping");
    expect(await escaped(stage)).toEqual(before);
    expect((await server.client.health()).warnings.join("\n")).toMatch(
      new RegExp(`PID namespace ${inside.inode}`),
    );

    // Its namespace ends: then nothing of it can live, and this server sees every process.
    await inside.end();
    expect(await untilTerminal(server.connection, id)).toBe("lost");
    expect((await stage.receipt(id)).proof).toMatchObject({ kind: "namespace" });
    expect(await listHeld(stage.witnessDir)).toEqual([]);
  });

  test("is stopped by emergency-stop through its keeper, and else only named", async () => {
    const id = await play(stage, "25-ordinary-tree");
    const other = await Stage.set(server);
    const orphaned = await play(other, "01-escapes-session");
    const spawner = await spawnerOf(childOf(server.pid));
    const keeper = keeperOf(spawner, (await server.client.show(orphaned)).attempt?.id);
    await killInside();
    await killLive(spawner);
    await killLive(keeper);
    const before = await escaped(other);
    expect(before.length).toBeGreaterThan(0);

    const checked = await holdfast(server, "server", "restart", "--check");
    expect(checked.stdout).toMatch(new RegExp(`job ${orphaned} .*PID namespace ${inside.inode}`));
    expect(checked.stdout).toMatch(new RegExp(`job ${id} .*: continues`));

    const stopped = await holdfast(server, "emergency-stop", "--all", "--json");
    expect(stopped.code).toBe(1);
    expect(documents<StoppedAttempt>(stopped.stdout)).toMatchObject([
      { job: id, did: "stopped by its keeper" },
      { job: orphaned, did: "cannot be seen", namespace: inside.inode },
    ]);
    expect(await listHeld(stage.witnessDir)).toEqual([]);
    expect(await escaped(other)).toEqual(before);
    await inside.end();
    await other.clear();
    await server.start();
  });

  test("whose end nothing here can see waits, until a person declares it", async () => {
    const id = await play(stage, "25-ordinary-tree");
    const beside = await PidNamespace.open();
    try {
      const { inode } = inside;
      const args = ["repair", "--namespace-ended", String(inode)];
      await killInside();
      // While it lives: a process of it is visible from the machine, and its keeper answers everywhere.
      const seen = await holdfast(server, ...args, "--yes");
      expect(seen).toMatchObject({ code: 1, stderr: expect.stringContaining("is in it") });
      const heard = await holdfastThrough(beside.through, server, ...args, "--yes");
      expect(heard).toMatchObject({ code: 1, stderr: expect.stringContaining("answers") });

      await inside.end();
      through.push(...beside.through);
      await server.start();
      await untilMessage(id, /does not answer.*repair --namespace-ended/);
      await holdfast(server, "server", "stop");
      await server.untilDead();
      expect((await holdfastThrough(beside.through, server, ...args)).code).toBe(2);
      const declared = await holdfastThrough(beside.through, server, ...args, "--yes");
      const said = { stderr: expect.stringContaining("is declared to have ended") };
      expect(declared).toMatchObject({ code: 0, ...said });
      await server.start();
      expect(await untilTerminal(server.connection, id)).toBe("lost");
      const { proof, unproven } = await stage.receipt(id);
      expect(proof).toMatchObject({ kind: "declared" });
      expect(proof.message).toMatch(/nothing observed it.*declared by uid 0 at /);
      expect(unproven.map(({ what }) => what)).toContain("that no process of it lives");
      await holdfast(server, "server", "stop");
      await server.untilDead();
      through.length = 0;
      await server.start();
    } finally {
      await beside.end();
    }
  });

  test("is found by the next server in its own namespace", async () => {
    const id = await play(stage, "25-ordinary-tree");
    await killInside();
    await server.start();
    await untilMessage(id, /PID namespace/);
    await server.kill("SIGTERM");
    through.push(...inside.through);
    await server.start();
    await untilAnswered(
      async () => (await server.client.health()).status === "ok",
      () => "recovering",
    );
    const { state, message, attempt } = await server.client.show(id);
    expect({ state, message }).toEqual({ state: "running", message: null });
    expect(attempt?.keeperPid).toBeGreaterThan(0);
    expect(await stage.cancel(id)).toMatchObject({ state: "cancelled", living: [] });
    await killInside();
    await server.start();
  });
});

describe.skipIf(!isRoot)("a server in another PID namespace", () => {
  let server: PrivateServer;

  test("is not signalled by `server stop`, whose pids are others", async () => {
    const [inside, beside] = [await PidNamespace.open(), await PidNamespace.open()];
    server = await PrivateServer.start({ cgroup: "off", through: inside.through });
    const real = liveProcess(childOf(server.pid));
    try {
      const { code, stderr } = await holdfastThrough(beside.through, server, "server", "stop");
      expect(stderr).toContain(`PID namespace ${inside.inode}`);
      expect(code).toBe(69);
      expect(readStat(real.pid)?.start).toBe(real.start);
      // A pid that is typed there is no pid of the server's namespace.
      for (const args of [
        ["holders", "pid:1"],
        ["orphans", "plan", "1"],
        ["adopt", "1"],
      ]) {
        const typed = await holdfastThrough(beside.through, server, ...args);
        expect(typed.stderr).toContain(`PID namespace ${inside.inode}`);
        expect(typed.code).toBe(69);
      }
      // From above the kernel says which process it is.
      expect(await holdfast(server, "server", "stop")).toMatchObject({ code: 0 });
      await server.untilDead();
      await server.start();
    } finally {
      await server.end();
      await beside.end();
      await inside.end();
    }
  });

  test("does not start where /proc shows another namespace's pids", async () => {
    server = new PrivateServer({
      cgroup: "off",
      through: ["unshare", "--fork", "--pid", "--kill-child=KILL", "--"],
    });
    await expect(server.start()).rejects.toThrow(/belongs to another PID namespace/);
    await server.kill();
    await server.end();
  });
});

/** Runs a fixture as a job; resolves when all its processes are in place. */
async function play(stage: Stage, fixture: string): Promise<number> {
  const id = await stage.submitFixture(fixture);
  await stage.heard(id);
  return id;
}

/** The main process goes with its keeper; this one does not. */
async function escaped({ witnessDir }: Stage) {
  return (await listHeld(witnessDir)).filter(({ name }) => name === "escaped");
}

/** As this namespace counts. */
function keeperOf(spawner: LiveProcess, attempt: string | undefined): LiveProcess {
  const keeper = childrenOf(spawner.pid).find(
    ({ pid }) => commandOf(pid, "") === `holdfast-keeper ${attempt}`,
  );
  if (keeper === undefined) throw new Error(`the spawner has no keeper of attempt ${attempt}`);
  return keeper;
}
