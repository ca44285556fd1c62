import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fixturesFolder, listHeld, listWitnesses } from "../fixtures/witness.ts";
import { holdfast } from "../rescue-program.ts";
import { expectedOf, tiersHere, tierSettings } from "./expected.ts";
import { tierNames } from "./tier-names.ts";
import { FailingKeeper, spawnerOf, stalledKeeper } from "./failing-keeper.ts";
import { killLive, liveProcess, signalLive, type LiveProcess } from "./live-process.ts";
import { fromEvents } from "./observation.ts";
import { PrivateServer } from "./private-server.ts";
import { Stage } from "./stage.ts";
import { verdictOf } from "./verdict.ts";

/**
 * Holdfast's own processes get SIGKILL: server, keeper or both, between two steps of a keeper that
 * has stopped itself there. HOLDFAST_TEST_FULL=1 tests every step on every tier; otherwise one tier
 * tests the first of each kind, the other the last: test/crash tests all of them.
 */

/** Steps of a launch up to the durable claim: a crash here must leave nothing that ever executes. */
const unclaimed = [
  "start",
  "folder_opened",
  "output_opened",
  "forked",
  "claim_write",
  "claim_temporary",
  "claim_link",
];
const claimed = ["claim_linked", "socket", "gate_opened", "answered"];
/** Steps of a stop up to the durable exit record. */
const unrecorded = [
  "stop_wanted",
  "term_sent",
  "kill_sent",
  "empty",
  "exit_write",
  "exit_temporary",
];
const recorded = ["exit_renamed", "before_leave"];

describe.each(tiersHere)("on the tier %s", (tier) => {
  let server: PrivateServer;
  let stage: Stage;
  let keeper: FailingKeeper;
  let stalled: LiveProcess | null;

  beforeEach(async () => {
    server = new PrivateServer({ cgroup: tierSettings[tier] });
    keeper = new FailingKeeper(server.folder);
    stage = await Stage.set(server);
    stalled = null;
  });
  afterEach(async () => {
    if (stalled !== null) signalLive(stalled, "CONT");
    await server.end();
    await stage.clear();
  });

  const some = (points: readonly string[]) =>
    points.filter(
      (_, index) =>
        process.env["HOLDFAST_TEST_FULL"] === "1" ||
        index === (tier === tierNames[0] ? 0 : points.length - 1),
    );
  const start = (plan = "") => {
    keeper.plan(plan);
    return server.start({ HOLDFAST_KEEPER: keeper.program });
  };
  /** Submits, cancels if the step belongs to a stop, and resolves when the keeper has stopped itself there. */
  async function standStill(point: string): Promise<{ id: number; keeper: LiveProcess }> {
    await start(`${point}:stall`);
    const id = await stage.submitFixture("25-ordinary-tree");
    const spawner = await spawnerOf(server.pid);
    if (unrecorded.includes(point) || recorded.includes(point)) {
      await stage.ready(id);
      // Grace 0 where KILL is to be sent: this tree ends at TERM.
      await server.client.cancel(id, point === "kill_sent" ? 0 : undefined);
    }
    stalled = await stalledKeeper(spawner);
    return { id, keeper: stalled };
  }
  const executions = async () =>
    (await listWitnesses(stage.witnessDir)).filter(({ name }) => name === "leader").length;
  const expectBystanders = async () => expect(await stage.bystanders.missing()).toEqual([]);

  test.each(some([...unclaimed, ...claimed]))(
    "case 25: the server is killed while its keeper is at %s: the job executes once",
    async (point) => {
      const still = await standStill(point);
      await server.kill();
      await start();
      signalLive(still.keeper, "CONT");
      await stage.ready(still.id);
      expect(await executions()).toBe(1);
      const ending = await stage.cancel(still.id);
      expect(ending.state).toBe("cancelled");
      expect(verdictOf(ending, await stage.receipt(still.id))).toBe(expectedOf("25", tier));
      await expectBystanders();
    },
  );

  test.each(some([...unrecorded, ...recorded]))(
    "case 26: the server is killed while its keeper is at %s: the end is recorded all the same",
    async (point) => {
      const still = await standStill(point);
      await server.kill();
      await start();
      const observed = stage.observe(still.id);
      signalLive(still.keeper, "CONT");
      const ending = await observed;
      expect(ending.state).toBe("cancelled");
      expect(verdictOf(ending, await stage.receipt(still.id))).toBe(expectedOf("26", tier));
      await expectBystanders();
    },
  );

  test.each(some(unclaimed))(
    "case 27: every keeper dies at %s: the job waits, nothing is executed",
    async (point) => {
      await start(`${point}:kill`);
      const id = await stage.submitFixture("25-ordinary-tree");
      let requeued = 0;
      await fromEvents(server.connection, id, ({ data }) => {
        if (data["event"] === "requeue") requeued += 1;
        return requeued === 2 ? true : undefined;
      });
      expect(await server.client.cancel(id)).toMatchObject({ state: "cancelled" });
      expect(await executions()).toBe(0);
    },
  );

  test.each(some([...claimed, ...unrecorded]))(
    "case 27: the keeper is killed at %s: the job is lost, and nothing of it lives",
    async (point) => {
      const still = await standStill(point);
      const observed = stage.observeMaybeUnborn(still.id);
      await killLive(still.keeper);
      const ending = await observed;
      expect(ending.state).toBe("lost");
      expect(verdictOf(ending, await stage.receipt(still.id))).toBe(expectedOf("27", tier));
      await expectBystanders();
    },
  );

  test("case 27: the keeper is killed when the payload runs and no server knows it yet", async () => {
    const still = await standStill("gate_opened");
    await stage.heard(still.id);
    const observed = stage.observe(still.id);
    await killLive(still.keeper);
    const ending = await observed;
    expect(ending.state).toBe("lost");
    expect(verdictOf(ending, await stage.receipt(still.id))).toBe(expectedOf("27", tier));
  });

  test.each(some(recorded))(
    "case 27: the keeper is killed at %s: its record has the end",
    async (point) => {
      const still = await standStill(point);
      const observed = stage.observe(still.id);
      await killLive(still.keeper);
      const ending = await observed;
      expect(ending.state).toBe("cancelled");
      expect(verdictOf(ending, await stage.receipt(still.id))).toBe("proven");
    },
  );

  test.each(some([...claimed, ...unrecorded]))(
    "case 28: server and keeper are killed at %s: the job is lost, and nothing of it lives",
    async (point) => {
      const still = await standStill(point);
      await server.kill();
      await killLive(still.keeper);
      await start();
      const ending = await stage.observeMaybeUnborn(still.id);
      expect(ending.state).toBe("lost");
      expect(verdictOf(ending, await stage.receipt(still.id))).toBe(expectedOf("28", tier));
      await expectBystanders();
    },
  );

  test.each(some(unclaimed))(
    "case 28: server and keeper are killed at %s: the job is launched again, once",
    async (point) => {
      const still = await standStill(point);
      await server.kill();
      await killLive(still.keeper);
      await start();
      await stage.ready(still.id);
      expect(await executions()).toBe(1);
      const ending = await stage.cancel(still.id);
      expect(verdictOf(ending, await stage.receipt(still.id))).toBe("proven");
      await expectBystanders();
    },
  );

  test("cases 9 and 28: a fork bomb of a keeper and a spawner that are killed is ended by the server", async () => {
    await server.start();
    const id = await stage.submitFixture("09-fork-bomb", ["60"]);
    await stage.ready(id);
    const observed = stage.observe(id);
    const keeperPid = (await server.client.show(id)).attempt?.keeperPid ?? 0;
    await killLive(await spawnerOf(server.pid));
    await killLive(liveProcess(keeperPid));
    expect(await observed).toMatchObject({ state: "lost", living: [] });
    await expectBystanders();
  });

  test("cases 9 and 28: a fork bomb without server, spawner and keeper is ended by emergency-stop", async () => {
    await server.start();
    const id = await stage.submitFixture("09-fork-bomb", ["60"]);
    await stage.ready(id);
    const keeperPid = (await server.client.show(id)).attempt?.keeperPid ?? 0;
    const spawner = await spawnerOf(server.pid);
    await server.kill();
    await killLive(spawner);
    await killLive(liveProcess(keeperPid));
    const { code } = await holdfast(server, "emergency-stop", "--all", "--json");
    expect(code).toBe(0);
    expect(await listHeld(stage.witnessDir)).toEqual([]);
    await expectBystanders();
  });

  test("case 27: a process left in the session without environment is found by its output", async () => {
    await server.start();
    const id = await stage.submit([
      "/bin/sh",
      "-c",
      `env -i "$0" --dir ${stage.witnessDir} --ready left sleep 1000000 & wait`,
      join(fixturesFolder, "hold"),
    ]);
    await stage.heard(id);
    const observed = stage.observe(id);
    await killLive(liveProcess((await server.client.show(id)).attempt?.keeperPid ?? 0));
    expect(await observed).toMatchObject({ state: "lost", living: [] });
  });

  test("case 27: the job kills its keeper itself", async () => {
    await server.start();
    const id = await stage.submitFixture("27-kills-parent", ["holdfast-keeper"]);
    const ending = await stage.observe(id);
    expect(ending.state).toBe("lost");
    expect(verdictOf(ending, await stage.receipt(id))).toBe(expectedOf("27", tier));
  });
});
