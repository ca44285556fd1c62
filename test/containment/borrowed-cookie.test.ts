import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readStat } from "../../src/processes/proc-stat.ts";
import { holdfast } from "../rescue-program.ts";
import { tiersHere, tierSettings } from "./expected.ts";
import { spawnerOf } from "./failing-keeper.ts";
import { killLive, liveProcess, type LiveProcess } from "./live-process.ts";
import { fromEvents, untilLines } from "./observation.ts";
import { PrivateServer } from "./private-server.ts";
import { Stage } from "./stage.ts";

/** A process of one job has the environment of another one: its ancestors say which job it belongs to. */
describe.each(tiersHere)("on the tier %s", (tier) => {
  let server: PrivateServer;
  let stage: Stage;
  let id: number;
  let borrower: number;
  let borrowed: LiveProcess;
  const lives = ({ pid, start }: LiveProcess) => readStat(pid)?.start === start;

  beforeEach(async () => {
    server = await PrivateServer.start({ cgroup: tierSettings[tier] });
    stage = await Stage.set(server);
    const lender = await stage.play("25-ordinary-tree");
    ({ id } = lender);
    const env = { PATH: process.env["PATH"] ?? "", COOKIE: `HOLDFAST_ATTEMPT=${lender.attempt}` };
    const command = ["sh", "-c", 'env "$COOKIE" sleep 1000000 & echo $!; wait'];
    const { job } = await server.client.submit({ command, cwd: "/", env });
    borrower = job.id;
    const [pid] = await untilLines(server.connection, borrower, (lines) => lines.length > 0);
    borrowed = liveProcess(Number(pid));
  });
  afterEach(async () => {
    await server.end();
    await stage.clear();
  });

  async function keeperOf(job: number): Promise<LiveProcess> {
    return liveProcess((await server.client.show(job)).attempt?.keeperPid ?? 0);
  }

  async function borrowerIsUnharmed(): Promise<void> {
    expect(lives(borrowed)).toBe(true);
    await fromEvents(server.connection, borrower, ({ state }) => state === "running" || undefined);
    await server.client.cancel(borrower);
  }

  test("is left alone when the other job's keeper was killed, and is not in its receipt", async () => {
    const ended = stage.observe(id);
    await killLive(await keeperOf(id));
    expect(await ended).toMatchObject({ state: "lost", living: [] });
    const { processes } = await stage.receipt(id);
    expect(processes.map(({ pid }) => pid)).not.toContain(borrowed.pid);
    await borrowerIsUnharmed();
  });

  test("is left alone by emergency-stop of the other job, with keeper, spawner and server killed", async () => {
    const [keeper, spawner] = [await keeperOf(id), await spawnerOf(server.pid)];
    await server.kill();
    await killLive(spawner);
    await killLive(keeper);
    expect(await holdfast(server, "emergency-stop", String(id))).toMatchObject({ code: 0 });
    expect(lives(borrowed)).toBe(true);
    await server.start();
    expect(await stage.observe(id)).toMatchObject({ state: "lost", living: [] });
    await borrowerIsUnharmed();
  });
});
