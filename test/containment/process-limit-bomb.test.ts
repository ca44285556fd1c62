import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Receipt } from "../../src/client/client.ts";
import type { StoppedAttempt } from "../../src/contract/rescue.ts";
import { livingWith } from "../harness/living.ts";
import { longestWaitMs } from "../harness/longest-wait.ts";
import { documents, holdfastThrough } from "../rescue-program.ts";
import { isRoot } from "./expected.ts";
import { spawnerOf } from "./failing-keeper.ts";
import { killLive, liveProcess, until, type LiveProcess } from "./live-process.ts";
import { fromEvents, untilTerminal } from "./observation.ts";
import { buildFolder, PrivateServer } from "./private-server.ts";

/** A process limit applies to a user, and root has none. No other test, nor another run of this one, uses this user. */
const user = 200_000 + (process.pid % 100_000);
const asUser = ["setpriv", `--reuid=${user}`, `--regid=${user}`, "--clear-groups"];
/** The bomb ends without a signal when no test waits for it any more. */
const bombSeconds = String((2 * longestWaitMs) / 1000);
/** After a refused fork: a killed process is replaced all the same before a search has ended. */
const pauseUs = "10000";

/** A killed process makes room below the limit for another, and no cgroup counts the processes. */
describe.runIf(isRoot)("a fork bomb at its process limit, without a cgroup", () => {
  let server: PrivateServer;
  let job: number;
  let attempt: string;
  let keeper: LiveProcess;
  let spawner: LiveProcess;

  beforeEach(async () => {
    const makeFixtures = [
      "-s",
      "-C",
      resolve(import.meta.dirname, "../../native/keeper"),
      "fixtures",
    ];
    execFileSync("make", makeFixtures);
    server = await PrivateServer.start({ cgroup: "off", user, through: asUser });
    spawner = await spawnerOf(server.pid);
    const released = join(server.stateDir, "released");
    const program = join(buildFolder, "keeper/fixtures/fork-bomb");
    const submitted = await server.client.submit({
      command: [program, String(user), bombSeconds, released, pauseUs],
      cwd: "/",
      env: {},
      rlimits: { nproc: "400:400" },
    });
    job = submitted.job.id;
    await fromEvents(server.connection, job, ({ state }) => (state === "running" ? 1 : undefined));
    const shown = (await server.client.show(job)).attempt;
    attempt = shown?.id ?? "";
    keeper = liveProcess(shown?.keeperPid ?? 0);
    await until(() => existsSync(released) && readFileSync(released, "utf8") === "full\n");
  });
  afterEach(() => server.end());

  const bombs = () => livingWith(`HOLDFAST_ATTEMPT=${attempt}`);
  async function lost(): Promise<Receipt> {
    expect(await untilTerminal(server.connection, job)).toBe("lost");
    expect(bombs()).toEqual([]);
    return await server.client.receipt(job);
  }

  /** The bomb counts some hundreds, with the leader and those that replaced others. */
  const expectMostAreNamed = ({ outcome, processes }: Receipt) => {
    expect(outcome).toMatchObject({ code: null, signal: null, reason: "keeper_lost" });
    expect(outcome.leftovers).toBeGreaterThan(100);
    expect(processes.length).toBeGreaterThan(100);
  };

  test("is ended by the spawner when its keeper is killed", async () => {
    await killLive(keeper);
    const receipt = await lost();
    expect(receipt.tier).toBe("subreaper");
    expect(receipt.proof.message).toContain("became a child of its spawner");
    expectMostAreNamed(receipt);
  });

  test("is ended by the server when its keeper and the spawner are killed", async () => {
    await killLive(spawner);
    await killLive(keeper);
    const receipt = await lost();
    expect(receipt.tier).toBe("best effort");
    expect(receipt.unproven.map(({ what }) => what)).toContain(
      "that no process lives that dropped its environment and its output",
    );
    expectMostAreNamed(receipt);
  });

  test("is ended by emergency-stop when the server is killed as well", async () => {
    await server.kill();
    await killLive(spawner);
    await killLive(keeper);
    const { code, stdout } = await holdfastThrough(
      asUser,
      server,
      "emergency-stop",
      "--all",
      "--json",
    );
    const [stopped] = documents<StoppedAttempt>(stdout);
    expect(stopped).toMatchObject({ job, did: "stopped without its keeper", left: [] });
    expect(stopped?.processes.length).toBeGreaterThan(0);
    expect(code).toBe(0);
    expect(bombs()).toEqual([]);
    await server.start();
    const receipt = await lost();
    expect(receipt.unproven.map(({ what }) => what)).toContain("how the main process ended");
  });
});
