import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { KeeperClaim } from "../../src/contract/keeper.ts";
import type { StoppedAttempt } from "../../src/contract/rescue.ts";
import { readStat } from "../../src/processes/proc-stat.ts";
import { documents, holdfast } from "../rescue-program.ts";
import { tiersHere, tierSettings } from "./expected.ts";
import { killLive, liveProcess, signalLive, until, type LiveProcess } from "./live-process.ts";
import { fromEvents } from "./observation.ts";
import { PrivateServer } from "./private-server.ts";
import { Stage } from "./stage.ts";

/**
 * A job that replaces its keeper's claim before the store has it, with a claim that names processes
 * which are not its own. Only the claim says then which process is the keeper.
 */

const sayAndStay = "echo $$ > $DIR/said.new; mv $DIR/said.new $DIR/said; exec sleep 1000000";
// The kernel gives no process this pid (pid_max is a power of two below it), so nothing disproves it.
const noPid = 4_194_305;

interface Claims {
  own: KeeperClaim;
  other: KeeperClaim;
  /** A process with a child, unrelated to any job. */
  parent: LiveProcess;
}

interface Forged extends Claims {
  folder: string;
}

const forgeries: Record<string, (claims: Claims) => KeeperClaim> = {
  "another job's keeper and payload": ({ own, other }) => {
    const { attempt, nonce, cgroup } = own;
    return { ...other, attempt, nonce, cgroup };
  },
  "another job's keeper and its own payload": ({ own, other }) => ({
    ...own,
    keeper: other.keeper,
  }),
  "another job's keeper and a payload that has ended": ({ own, other }) => ({
    ...own,
    keeper: other.keeper,
    payload: { ...own.payload, pid: noPid, session: noPid },
  }),
  "an unrelated process and a payload that has ended": ({ own, parent }) => ({
    ...own,
    keeper: { ...parent, inode: 0 },
    payload: { ...own.payload, pid: noPid, session: noPid },
  }),
};

describe.each(tiersHere)("on the tier %s", (tier) => {
  let server: PrivateServer;
  let stage: Stage;
  let parent: ChildProcessByStdio<null, Readable, null>;
  /** The parent and its child. */
  let family: LiveProcess[];
  let others: LiveProcess[];
  let other: number;
  let id: number;
  let forging: LiveProcess;

  beforeEach(async () => {
    server = await PrivateServer.start({ cgroup: tierSettings[tier] });
    stage = await Stage.set(server);
    parent = spawn("sh", ["-c", "sleep 1000000 & echo $!; wait"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [line = ""] = await once(createInterface({ input: parent.stdout }), "line");
    family = [liveProcess(parent.pid ?? 0), liveProcess(Number(line))];
  });
  afterEach(async () => {
    const left = parent.exitCode === null && parent.signalCode === null;
    const gone = left ? once(parent, "exit") : null;
    for (const one of family) signalLive(one, "KILL");
    await gone;
    await server.end();
    await stage.clear();
  });

  /** Runs another job and the forging one; afterwards no server runs. */
  async function forge(forgery: (claims: Claims) => KeeperClaim): Promise<Forged> {
    const env = { PATH: process.env["PATH"] ?? "", DIR: stage.witnessDir };
    ({ id: other } = await stage.play("25-ordinary-tree"));
    await server.kill();
    await server.start({ HOLDFAST_FAILPOINTS: "running.before=kill" });
    const folders = join(server.stateDir, "attempts");
    const [othersAttempt = ""] = readdirSync(folders);
    id = await stage.submit(["/bin/sh", "-c", sayAndStay], { env });
    await server.untilDead();
    await until(() => existsSync(join(stage.witnessDir, "said")));
    forging = liveProcess(Number(readFileSync(join(stage.witnessDir, "said"), "utf8")));
    const attempt = readdirSync(folders).find((name) => name !== othersAttempt) ?? "";
    const claimIn = (folder: string) =>
      JSON.parse(readFileSync(join(folders, folder, "keeper.json"), "utf8")) as KeeperClaim;
    const claims = {
      own: claimIn(attempt),
      other: claimIn(othersAttempt),
      parent: family[0] as LiveProcess,
    };
    others = [claims.other.keeper, claims.other.payload, ...family];
    rmSync(join(folders, attempt, "keeper.sock"));
    symlinkSync(join(folders, othersAttempt, "keeper.sock"), join(folders, attempt, "keeper.sock"));
    writeFileSync(join(folders, attempt, "keeper.json"), JSON.stringify(forgery(claims)));
    return { ...claims, folder: join(folders, attempt) };
  }

  const lives = ({ pid, start }: LiveProcess) => readStat(pid)?.start === start;

  async function othersAreUnharmed(): Promise<void> {
    expect(others.map(lives)).toEqual(others.map(() => true));
    expect(await server.client.show(other)).toMatchObject({ state: "running" });
    expect(await stage.cancel(other)).toMatchObject({ state: "cancelled", living: [] });
    expect(await stage.bystanders.missing()).toEqual([]);
  }

  describe.each(Object.entries(forgeries))("a claim that names %s", (_, forgery) => {
    test("is not followed by the next server: its job ends, and nothing else does", async () => {
      await forge(forgery);
      await server.start();
      const ended = stage.observe(id);
      await server.client.cancel(id).catch(() => undefined);
      expect((await ended).state).toMatch(/^(lost|cancelled)$/);
      expect(lives(forging)).toBe(false);
      await othersAreUnharmed();
    });

    test("does not lead emergency-stop to them: it ends its job, and nothing else", async () => {
      await forge(forgery);
      const { code, stdout } = await holdfast(
        server,
        "emergency-stop",
        String(id),
        "--grace",
        "0s",
        "--json",
      );
      expect(code).toBe(0);
      const [stopped] = documents<StoppedAttempt>(stdout);
      expect(stopped).toMatchObject({ job: id, did: "stopped without its keeper", left: [] });
      expect(lives(forging)).toBe(false);
      await server.start();
      await othersAreUnharmed();
    });
  });

  test("a job that calls itself adopted, when the store is lost, does not have unrelated processes ended", async () => {
    const { own, folder } = await forge(({ own: honest, parent: unrelated }) => ({
      ...honest,
      adopted: { ...unrelated, inode: 0 },
    }));
    const intent = JSON.parse(readFileSync(join(folder, "intent.json"), "utf8")) as object;
    const forged = { ...intent, tier: "best effort", cgroup: null, cgroup_also: [] };
    writeFileSync(join(folder, "intent.json"), JSON.stringify(forged));
    for (const name of ["holdfast.db", "holdfast.db-wal", "holdfast.db-shm", "journal", "backups"])
      rmSync(join(server.stateDir, name), { recursive: true, force: true });
    expect((await holdfast(server, "repair")).code).toBe(0);
    await server.start();
    const isRunning = ({ state }: { state: string | null }) => state === "running" || undefined;
    await fromEvents(server.connection, id, isRunning);
    await killLive(own.keeper);
    expect((await stage.observe(id)).state).toBe("lost");
    expect(lives(forging)).toBe(false);
    await othersAreUnharmed();
  });
});
