import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { KeeperClaim } from "../../src/contract/keeper.ts";
import type { StoppedAttempt } from "../../src/contract/rescue.ts";
import { readStat } from "../../src/processes/proc-stat.ts";
import { fixturesFolder, listHeld, listWitnesses } from "../fixtures/witness.ts";
import { documents, holdfast } from "../rescue-program.ts";
import { isRoot, tiersHere, tierSettings } from "./expected.ts";
import { liveProcess, until, untilAnswered, type LiveProcess } from "./live-process.ts";
import { v2Mount } from "./own-groups.ts";
import { PrivateServer } from "./private-server.ts";
import { Stage } from "./stage.ts";
import { claimOf } from "./verdict.ts";

/**
 * A payload that forges records: it runs as the same user, writes to its own attempt's folder and
 * kills its own keeper. The payload itself makes each attack, except those on sockets.
 */

const example = readFileSync(
  new URL("../../native/keeper/examples/exit.json", import.meta.url),
  "utf8",
);
/** Quoted for a shell: the clone may be in a folder with a space. */
const hold = `'${join(fixturesFolder, "hold")}'`;

/** Shell commands of a payload. $DIR is the witness folder, $RECORD an exit record with a placeholder for its attempt. */
const commands = {
  /** Nothing ties it to the attempt: own session, no environment, no descriptor, orphaned. */
  hide: `(setsid env -i ${hold} --dir $DIR --ready hidden sh -c 'exec sleep 1000000 < /dev/null > /dev/null 2>&1' &)`,
  /** Orphaned, in its own session, with the environment of the attempt. */
  leave: `(setsid ${hold} --dir $DIR --ready hidden sh -c 'exec sleep 1000000 < /dev/null > /dev/null 2>&1' &)`,
  leaveTheGroup: `(echo 0 > ${v2Mount}/cgroup.procs; setsid env -i ${hold} --dir $DIR --ready hidden sh -c 'exec sleep 1000000 < /dev/null > /dev/null 2>&1' &)`,
  untilReleased: `until [ -e $DIR/go ]; do sleep 0.01; done`,
  forge: `sed "s/ATTEMPT/$HOLDFAST_ATTEMPT/" $RECORD > \${HOLDFAST_PROGRESS%/*}/exit.json`,
  killKeeper: `kill -9 $PPID`,
  /** Its pid is the keeper's parent: after the name in parentheses comes the state, then the parent. */
  killSpawner: `kill -9 $(sed 's/.*) . \\([0-9]*\\) .*/\\1/' /proc/$PPID/stat)`,
  stopSpawner: `kill -STOP $(sed 's/.*) . \\([0-9]*\\) .*/\\1/' /proc/$PPID/stat)`,
  stopKeeper: `kill -STOP $PPID`,
  stay: "sleep 1000000",
};

describe.each(tiersHere)("on the tier %s", (tier) => {
  let server: PrivateServer;
  let stage: Stage;
  let fakes: Server[];

  beforeEach(async () => {
    server = await PrivateServer.start({ cgroup: tierSettings[tier] });
    stage = await Stage.set(server);
    fakes = [];
  });
  afterEach(async () => {
    for (const fake of fakes) fake.close();
    await server.end();
    await stage.clear();
  });

  /** Runs a payload until its hidden process holds its lock. */
  async function attack(...steps: (keyof typeof commands)[]) {
    const honest = JSON.parse(example) as { main: object };
    const main = { ...honest.main, code: 0, signal: null };
    const record = join(stage.witnessDir, "record");
    const forged = { ...honest, attempt: "ATTEMPT", reason: "exited", main };
    writeFileSync(record, JSON.stringify(forged));
    const script = ["echo ready", ...steps.map((step) => commands[step])].join("; ");
    const env = { PATH: process.env["PATH"] ?? "", DIR: stage.witnessDir, RECORD: record };
    const id = await stage.submit(["/bin/sh", "-c", script], { env });
    await stage.heard(id);
    const { attempt } = await server.client.show(id);
    await untilHidden();
    return { id, folder: join(server.stateDir, "attempts", attempt?.id ?? "") };
  }

  async function untilHidden(): Promise<void> {
    while ((await listHeld(stage.witnessDir)).every(({ name }) => name !== "hidden"))
      await new Promise((resolve) => void setImmediate(resolve));
  }

  /** As the server knows it, once it has heard it. */
  async function keeperOf(id: number): Promise<LiveProcess> {
    let pid: number | null = null;
    await untilAnswered(
      async () => {
        pid = (await server.client.show(id)).attempt?.keeperPid ?? null;
        return pid !== null;
      },
      () => "no pid of its keeper",
    );
    return liveProcess(pid ?? 0);
  }

  const go = () => writeFileSync(join(stage.witnessDir, "go"), "");
  const isGone = ({ pid, start }: LiveProcess) => {
    try {
      return liveProcess(pid).start !== start;
    } catch {
      return true;
    }
  };

  test("a forged record beside a killed keeper: the job is lost, and nothing of it lives", async () => {
    const { id } = await attack("hide", "untilReleased", "forge", "killKeeper", "stay");
    const observed = stage.observe(id);
    go();
    expect(await observed).toMatchObject({ state: "lost", living: [] });
    expect(claimOf(await stage.receipt(id))).toBe("proven");
    expect(await stage.bystanders.missing()).toEqual([]);
  });

  test("the same while no server is there to see it", async () => {
    const { id } = await attack("hide", "untilReleased", "forge", "killKeeper", "stay");
    const keeper = await keeperOf(id);
    await server.kill();
    go();
    await until(() => isGone(keeper));
    await server.start();
    expect(await stage.observe(id)).toMatchObject({ state: "lost", living: [] });
  });

  test("with the spawner killed as well, so that no process inherits: what is found is stopped, and the rest is not proven", async () => {
    const { id } = await attack(
      "leave",
      "untilReleased",
      "forge",
      "killSpawner",
      "killKeeper",
      "stay",
    );
    const observed = stage.observe(id);
    go();
    expect(await observed).toMatchObject({ state: "lost", living: [] });
    const receipt = await stage.receipt(id);
    expect(claimOf(receipt)).toBe(tier === "cgroup" ? "proven" : "searched");
    expect(receipt.processes.map(({ command }) => command)).toContain("sleep");
  });

  // Only root may move a process to where it has no group.
  test.each(tier === "cgroup" && isRoot ? ["the root group"] : [])(
    "from %s, with its own one empty: the job is lost, and nothing of it lives",
    async () => {
      const { id } = await attack("leaveTheGroup", "untilReleased", "forge", "killKeeper", "stay");
      const observed = stage.observe(id);
      go();
      expect(await observed).toMatchObject({ state: "lost", living: [] });
    },
  );

  test("a forged record alone ends nothing, and the keeper's own takes its place", async () => {
    const { id } = await attack("hide", "untilReleased", "forge", "stay");
    go();
    const ending = await stage.cancel(id);
    expect(ending).toMatchObject({ state: "cancelled", living: [] });
    expect(claimOf(await stage.receipt(id))).toBe("proven");
  });

  test("a keeper whose socket was removed is found again by the next server", async () => {
    const { id, folder } = await attack("hide", "stay");
    await server.kill();
    rmSync(join(folder, "keeper.sock"));
    await server.start();
    expect(await stage.cancel(id)).toMatchObject({ state: "cancelled", living: [] });
    expect((await server.client.show(id)).outcome?.reason).toBe("cancel");
  });

  test("another process that listens in the keeper's place is ignored, and does not keep the job from being cancelled", async () => {
    const { id, folder } = await attack("hide", "stay");
    await server.kill();
    const asked = await listenAs(folder);
    await server.start();
    expect(await stage.cancel(id)).toMatchObject({ state: "cancelled", living: [] });
    expect(asked()).toBe(0);
    expect(await stage.bystanders.missing()).toEqual([]);
  });

  test("the spawner stopped, so that it ends nothing: it is continued, and the job ends", async () => {
    const { id } = await attack(
      "hide",
      "untilReleased",
      "forge",
      "stopSpawner",
      "killKeeper",
      "stay",
    );
    const observed = stage.observe(id);
    go();
    expect(await observed).toMatchObject({ state: "lost", living: [] });
    expect(claimOf(await stage.receipt(id))).toBe("proven");
  });

  test("a keeper that was stopped is continued when a stop is requested", async () => {
    const { id } = await attack("hide", "untilReleased", "stopKeeper", "stay");
    const keeper = await keeperOf(id);
    go();
    await until(() => readStat(keeper.pid)?.state === "T");
    expect(await stage.cancel(id)).toMatchObject({ state: "cancelled", living: [] });
  });

  test.each(["removed", "made void"])(
    "a claim that is %s, with the socket, before the store has it: the job does not run twice",
    async (how) => {
      await server.kill();
      await server.start({ HOLDFAST_FAILPOINTS: "running.before=kill" });
      const hidden = `exec ${hold} --dir $DIR --ready hidden sleep 1000000`;
      const env = { PATH: process.env["PATH"] ?? "", DIR: stage.witnessDir };
      const id = await stage.submit(["/bin/sh", "-c", hidden], { env });
      await server.untilDead();
      await untilHidden();
      const [attempt = ""] = readdirSync(join(server.stateDir, "attempts"));
      const record = join(server.stateDir, "attempts", attempt, "keeper.json");
      const { boot_id } = JSON.parse(readFileSync(record, "utf8")) as { boot_id: string };
      rmSync(record);
      rmSync(join(server.stateDir, "attempts", attempt, "keeper.sock"));
      const forged = { version: 1, attempt, void: true, boot_id, voided_at_ms: 1 };
      if (how === "made void") writeFileSync(record, JSON.stringify(forged));
      await server.start();
      expect(await stage.observe(id)).toMatchObject({ state: "lost", living: [] });
      expect((await listWitnesses(stage.witnessDir)).length).toBe(1);
    },
  );

  test("a claim that names an unrelated process as the keeper, before the store has it: the job ends, and that process does not", async () => {
    await server.kill();
    await server.start({ HOLDFAST_FAILPOINTS: "running.before=kill" });
    const env = { PATH: process.env["PATH"] ?? "", DIR: stage.witnessDir };
    const id = await stage.submit(["/bin/sh", "-c", [commands.hide, commands.stay].join("; ")], {
      env,
    });
    await server.untilDead();
    await untilHidden();
    const [attempt = ""] = readdirSync(join(server.stateDir, "attempts"));
    const record = join(server.stateDir, "attempts", attempt, "keeper.json");
    const honest = JSON.parse(readFileSync(record, "utf8")) as { payload: object };
    const { pid, start } = liveProcess(process.pid);
    // No process has this pid (pid_max is a power of two below it), so the kernel cannot disprove it.
    const absent = { ...honest.payload, pid: 4_194_305, session: 4_194_305 };
    const forged = { ...honest, keeper: { pid, start, inode: 0 }, payload: absent };
    rmSync(join(server.stateDir, "attempts", attempt, "keeper.sock"));
    writeFileSync(record, JSON.stringify(forged));
    await server.start();
    expect(await stage.observe(id)).toMatchObject({ state: "lost", living: [] });
    expect(await stage.bystanders.missing()).toEqual([]);
  });

  // Without a group this cannot be found out: README, "What remains".
  const inGroup = tier === "cgroup" ? test : () => undefined;
  inGroup(
    "a claim that was removed before the store has it, and no process that saw it lives: it is not launched again beside what lives",
    async () => {
      await server.kill();
      await server.start({ HOLDFAST_FAILPOINTS: "running.before=kill" });
      const env = { PATH: process.env["PATH"] ?? "", DIR: stage.witnessDir };
      const steps = [
        commands.hide,
        commands.untilReleased,
        commands.killSpawner,
        commands.killKeeper,
        commands.stay,
      ];
      const id = await stage.submit(["/bin/sh", "-c", steps.join("; ")], { env });
      await server.untilDead();
      await untilHidden();
      const [attempt = ""] = readdirSync(join(server.stateDir, "attempts"));
      const folder = join(server.stateDir, "attempts", attempt);
      const record = JSON.parse(readFileSync(join(folder, "keeper.json"), "utf8")) as KeeperClaim;
      const keeper = liveProcess(record.keeper.pid);
      go();
      await until(() => isGone(keeper));
      for (const name of ["keeper.json", "keeper.sock"]) rmSync(join(folder, name));
      await server.start();
      expect(await stage.observe(id)).toMatchObject({ state: "lost", living: [] });
      expect(await stage.bystanders.missing()).toEqual([]);
    },
  );

  describe("with the spawner and the server killed as well, while something lives", () => {
    let id: number;
    let folder: string;

    beforeEach(async () => {
      ({ id, folder } = await attack(
        "leave",
        "untilReleased",
        "forge",
        "killSpawner",
        "killKeeper",
        "stay",
      ));
      const keeper = await keeperOf(id);
      await server.kill();
      go();
      await until(() => isGone(keeper));
      expect(existsSync(join(folder, "exit.json"))).toBe(true);
      expect((await listHeld(stage.witnessDir)).map(({ name }) => name)).toContain("hidden");
    });
    afterEach(async () => {
      expect(await listHeld(stage.witnessDir)).toEqual([]);
      expect(await stage.bystanders.missing()).toEqual([]);
    });

    test("the next server finds it, also when a server was killed in the middle", async () => {
      await server.start({ HOLDFAST_FAILPOINTS: "engine.sweep.after=kill" });
      await server.untilDead();
      await server.start();
      expect(await stage.observe(id)).toMatchObject({ state: "lost", living: [] });
    });

    test("emergency-stop finds it, also without a database", async () => {
      rmSync(join(server.stateDir, "holdfast.db"));
      const { code, stdout } = await holdfast(server, "emergency-stop", "--all", "--json");
      expect(code).toBe(0);
      const [stopped] = documents<StoppedAttempt>(stdout);
      expect(stopped).toMatchObject({ job: id, did: "stopped without its keeper", left: [] });
      expect(stopped?.processes.map(({ command }) => command)).toContain("sleep");
      await holdfast(server, "repair");
      await server.start();
    });

    test("server restart --check does not take the job for ended", async () => {
      const { code, stdout } = await holdfast(server, "server", "restart", "--check");
      expect({ code, stdout }).toMatchObject({
        code: 1,
        stdout: expect.stringContaining("its keeper is gone") as string,
      });
      await server.start();
      expect(await stage.observe(id)).toMatchObject({ state: "lost", living: [] });
    });

    test("a repaired database has no seal: what is found is stopped, and the job is lost, also for a server after the next", async () => {
      rmSync(join(server.stateDir, "holdfast.db"));
      expect((await holdfast(server, "repair")).code).toBe(0);
      await server.start({ HOLDFAST_FAILPOINTS: "engine.sweep.after=kill" });
      await server.untilDead();
      await server.start();
      expect(await stage.observe(id)).toMatchObject({ state: "lost", living: [] });
    });
  });

  test("a store that does not know the job puts it back from its folder: what lives is ended, and the job is lost, whatever its record says", async () => {
    await server.kill("SIGTERM");
    const before = join(server.folder, "before.db");
    copyFileSync(join(server.stateDir, "holdfast.db"), before);
    await server.start();
    const { id, folder } = await attack(
      "leave",
      "untilReleased",
      "forge",
      "killSpawner",
      "killKeeper",
      "stay",
    );
    const keeper = await keeperOf(id);
    await server.kill();
    go();
    await until(() => isGone(keeper));
    for (const suffix of ["-wal", "-shm"])
      rmSync(join(server.stateDir, `holdfast.db${suffix}`), { force: true });
    copyFileSync(before, join(server.stateDir, "holdfast.db"));
    // Else the server would restore what the copy lacks.
    for (const name of ["journal", "backups"])
      rmSync(join(server.stateDir, name), { recursive: true, force: true });
    await server.start();
    // The folders are read after the server has begun to answer.
    const isBack = () => server.client.show(id).then(Boolean, () => false);
    await untilAnswered(isBack, () => "the job is not there");
    expect(await stage.observe(id)).toMatchObject({ state: "lost", living: [] });
    expect(existsSync(folder)).toBe(true);
  });

  /** Answers as an idle keeper, and counts the messages that it gets. */
  async function listenAs(folder: string): Promise<() => number> {
    const status = readFileSync(
      new URL("../../native/keeper/examples/status.ndjson", import.meta.url),
      "utf8",
    ).split("\n")[0];
    let heard = 0;
    const fake = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", () => {
        heard += 1;
        socket.write(`${status}\n`);
      });
    });
    fakes.push(fake);
    rmSync(join(folder, "keeper.sock"));
    await new Promise<void>((resolve) => fake.listen(join(folder, "keeper.sock"), resolve));
    return () => heard;
  }
});
