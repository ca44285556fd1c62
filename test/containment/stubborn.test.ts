import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readStat } from "../../src/processes/proc-stat.ts";
import { endFixture, startFixture } from "../fixtures/start-fixture.ts";
import { expectedOf, isRoot, tiersHere, tierSettings } from "./expected.ts";
import { untilStopping } from "./observation.ts";
import { PrivateServer } from "./private-server.ts";
import { receiptDifferences } from "../process-events/observed-job.ts";
import { ProcessEvents } from "../process-events/process-events.ts";
import { Stage } from "./stage.ts";
import { names, verdictOf } from "./verdict.ts";

/** Of version 1. In version 2 KILL ends a frozen process. */
const freezer = existsSync("/sys/fs/cgroup/freezer/cgroup.procs") ? "/sys/fs/cgroup/freezer" : null;

/** Processes that KILL does not end, or not so that their parent can reap them. */
describe.runIf(isRoot).each(tiersHere)("on the tier %s", (tier) => {
  let server: PrivateServer;
  let stage: Stage;
  let events: ProcessEvents;

  beforeAll(async () => {
    server = await PrivateServer.start({ cgroup: tierSettings[tier] });
    events = await ProcessEvents.start();
  });
  afterAll(async () => {
    await server.end();
    await events.end();
  });
  beforeEach(async () => {
    stage = await Stage.set(server);
  });
  afterEach(() => stage.clear());

  const untrue = async (id: number) =>
    receiptDifferences(events, server.stateDir, await stage.receipt(id));
  const beside = (fixture: string, ...args: string[]) =>
    startFixture(fixture, args, { witnessDir: stage.witnessDir });

  test("case 5: a process that a debugger outside the job holds, and reaps", async () => {
    const { id, said } = await stage.play("05-traced");
    const tracer = await beside("05-tracer", String(said["pid"]), "reap");
    const ending = await stage.cancel(id);
    await endFixture(tracer);
    const living = ending.living.filter((line) => !line.includes("tracer"));
    expect(verdictOf({ ...ending, living }, await stage.receipt(id))).toBe(expectedOf("5", tier));
    expect(await untrue(id)).toEqual([]);
    expect(await stage.bystanders.missing()).toEqual([]);
  });

  test("case 5: the same, and the debugger never reaps what was killed", async () => {
    const { id, said } = await stage.play("05-traced");
    const tracer = await beside("05-tracer", String(said["pid"]));
    const ending = await stage.cancel(id);
    // Asked while the debugger still holds the zombie.
    expect(readStat(said["pid"] ?? 0)?.state).toBe("Z");
    expect(ending).toMatchObject({ state: "cancelled" });
    expect(ending.living.filter((line) => !line.includes("tracer"))).toEqual([]);
    expect(await stage.receipt(id)).toMatchObject({
      proof: { kind: "keeper", echild: false, message: expect.stringContaining("debugger") },
      unproven: [],
    });
    expect(await untrue(id)).toEqual([]);
    await endFixture(tracer);
    expect(await stage.bystanders.missing()).toEqual([]);
  });

  test("case 5: the debugger holds the main process itself", async () => {
    const { id } = await stage.play("bystander");
    const main = (await server.client.show(id)).attempt?.pid ?? 0;
    const tracer = await beside("05-tracer", String(main));
    const ending = await stage.cancel(id);
    expect(readStat(main)?.state).toBe("Z");
    expect(ending).toMatchObject({ state: "cancelled" });
    expect(ending.living.filter((line) => !line.includes("tracer"))).toEqual([]);
    // Only the debugger can know how it ended.
    expect(await stage.receipt(id)).toMatchObject({ outcome: { code: null, signal: null } });
    expect(await untrue(id)).toEqual([]);
    await endFixture(tracer);
  });

  test("case 5: the debugger stops it at its exit: it is named, with what to do", async () => {
    const { id, said } = await stage.play("05-traced");
    const tracer = await beside("05-tracer", String(said["pid"]), "hold");
    const ending = stage.observe(id);
    await server.client.kill(id);
    const stopping = await untilStopping(
      server.connection,
      id,
      ({ survivors }) => survivors.length > 0 && survivors[0]?.obstacle !== null,
    );
    expect(stopping).toMatchObject({
      stuck: true,
      left: 1,
      survivors: [
        {
          pid: said["pid"],
          obstacle: {
            kind: "traced",
            message: `traced by 05-tracer ${tracer.pid}`,
            remedy: expect.stringMatching(new RegExp(`kill ${tracer.pid}$`)),
          },
        },
      ],
    });
    await endFixture(tracer);
    expect(verdictOf(await ending, await stage.receipt(id))).toBe("proven");
    expect(await stage.bystanders.missing()).toEqual([]);
  });

  test.runIf(freezer !== null)(
    "case 4: frozen by another in a group of version 1: the group is named, with what thaws it",
    async () => {
      const group = mkdtempSync(join(freezer ?? "", "hf-frozen-"));
      try {
        const { id, said } = await stage.play("05-traced");
        const pid = said["pid"] ?? 0;
        mkdirSync(join(group, "inner"));
        writeFileSync(join(group, "inner/cgroup.procs"), String(pid));
        writeFileSync(join(group, "freezer.state"), "FROZEN");
        const ending = stage.observe(id);
        await server.client.kill(id);
        const stopping = await untilStopping(
          server.connection,
          id,
          ({ survivors }) => survivors.length > 0 && survivors[0]?.obstacle !== null,
        );
        const remedy = `echo THAWED > ${group}/freezer.state`;
        expect(stopping).toMatchObject({
          stuck: true,
          left: 1,
          survivors: [{ pid, obstacle: { kind: "frozen", remedy } }],
        });
        // As a person would type it.
        execFileSync("sh", ["-c", remedy]);
        expect(verdictOf(await ending, await stage.receipt(id))).toBe("proven");
      } finally {
        writeFileSync(join(group, "freezer.state"), "THAWED");
        removeWhenEmpty(group);
      }
    },
  );

  test("case 7: a process in state D is named until the kernel lets it go", async () => {
    const mount = join(server.folder, "frozen");
    const frozen = await beside("07-frozen-mount", mount);
    const { id } = await stage.play("07-d-state", [mount]);
    const ending = stage.observe(id);
    await server.client.cancel(id);
    const stuck = await untilStopping(
      server.connection,
      id,
      (stopping) => stopping.phase === "verifying" && names(stopping, "07-d-state"),
    );
    expect(stuck).toMatchObject({ left: 1, survivors: [{ state: "D", denied: false }] });
    expect(stuck.survivors[0]?.waitChannel).toMatch(/./);
    expect((await server.client.show(id)).state).toBe("stopping");
    const stopping = await untilStopping(
      server.connection,
      id,
      (now) => now.stuck && now.survivors[0]?.stack !== null,
    );
    expect(stopping.survivors[0]?.stack).toContain(stuck.survivors[0]?.waitChannel);
    const over = once(frozen.child, "exit");
    frozen.child.stdin?.end();
    expect(verdictOf(await ending, await stage.receipt(id))).toBe("proven");
    expect((await stage.receipt(id)).processes).toContainEqual(
      expect.objectContaining({
        command: "07-d-state",
        how: "kill",
        signal: 15,
        stuck: expect.objectContaining({
          state: "D",
          waitChannel: expect.stringMatching(/./),
        }),
      }),
    );
    expect(await untrue(id)).toEqual([]);
    expect(expectedOf("7", tier)).toBe("named");
    await over;
    expect(await stage.bystanders.missing()).toEqual([]);
  });
});

/** A process that has just been thawed takes a moment to end. */
function removeWhenEmpty(group: string): void {
  const deadline = Date.now() + 10_000;
  for (;;) {
    try {
      if (existsSync(join(group, "inner"))) rmdirSync(join(group, "inner"));
      rmdirSync(group);
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}
