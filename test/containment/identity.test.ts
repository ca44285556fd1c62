import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Database } from "../../src/store/database.ts";
import { endFixture, startFixture, type StartedFixture } from "../fixtures/start-fixture.ts";
import { endHolders, listHeld, makeWitnessDir } from "../fixtures/witness.ts";
import { expectedOf, isRoot, tiersHere, tierSettings } from "./expected.ts";
import { tierNames } from "./tier-names.ts";
import { killLive, liveProcess, signalLive, until } from "./live-process.ts";
import { PrivateServer } from "./private-server.ts";
import { Stage } from "./stage.ts";

/** A pid is not an identity: a recorded pid may belong to another process by now. */
const otherBoot = "11111111-2222-4333-8444-555555555555";

let unrelated: string;
let started: StartedFixture[];
beforeEach(async () => {
  unrelated = await makeWitnessDir();
  started = [];
});
afterEach(async () => {
  await Promise.all(started.map(endFixture));
  await endHolders(unrelated);
  await rm(unrelated, { recursive: true });
});

async function startUnrelated(fixture: string, ...args: string[]): Promise<Record<string, number>> {
  const fixtureStarted = await startFixture(fixture, args, { witnessDir: unrelated });
  started.push(fixtureStarted);
  return fixtureStarted.said;
}
const alive = async () => (await listHeld(unrelated)).map(({ name }) => name);

describe("case 13: a signal to a recorded process", () => {
  const kernel = readFileSync("/proc/sys/kernel/osrelease", "utf8").split(".").map(Number);
  const pidfs = (kernel[0] ?? 0) > 6 || (kernel[0] === 6 && (kernel[1] ?? 0) >= 9);

  test.runIf(pidfs && isRoot)("is not sent to one with the same pid and start time", async () => {
    const said = await startUnrelated("13-same-tick");
    const recorded = { pid: said["pid"] ?? 0, start: said["start"] ?? 0 };
    expect(signalLive({ ...recorded, inode: said["ended-inode"] ?? 0 }, "KILL")).toBe("changed");
    expect(await alive()).toHaveLength(1);
  });

  test("is not sent to one with the same pid that started at another time", async () => {
    const said = await startUnrelated("bystander");
    const pid = said["pid"] ?? 0;
    expect(signalLive({ pid, start: (said["start"] ?? 0) - 1 }, "KILL")).toBe("changed");
    expect(await alive()).toEqual(["bystander"]);
  });
});

describe.each(tiersHere)("on the tier %s", (tier) => {
  let server: PrivateServer;
  let stage: Stage;
  beforeAll(async () => {
    server = await PrivateServer.start({ cgroup: tierSettings[tier] });
  });
  afterAll(() => server.end());
  beforeEach(async () => {
    stage = await Stage.set(server);
  });
  afterEach(() => stage.clear());

  /** A job whose server and keeper were killed: only records are left of it. */
  async function onlyRecords(): Promise<{ id: number; payload: number; keeper: number }> {
    const { id } = await stage.play("bystander");
    const { attempt } = await server.client.show(id);
    const [payload, keeper] = [attempt?.pid ?? 0, attempt?.keeperPid ?? 0];
    const seen = liveProcess(keeper);
    await server.kill();
    await killLive(seen);
    await until(() => !existsSync(`/proc/${payload}`) && !existsSync(`/proc/${keeper}`));
    return { id, payload, keeper };
  }

  // Each waits seconds for pids to be free, and the code is the same on every tier: they share them.
  const full = process.env["HOLDFAST_TEST_FULL"] === "1";
  const shared = (turn: number) => (isRoot && (full || tier === tierNames[turn]) ? ["pids"] : []);

  test.each(shared(0))(
    "case 13: unrelated processes with the recorded %s are left running",
    async () => {
      const { id, payload, keeper } = await onlyRecords();
      await startUnrelated("13-reused-pid", String(payload));
      await startUnrelated("13-reused-pid", String(keeper));
      await server.start();
      const ending = await stage.observe(id);
      expect(ending).toMatchObject({ state: "lost", living: [] });
      expect(await alive()).toEqual(["reused-pid", "reused-pid"]);
      expect(await stage.bystanders.missing()).toEqual([]);
      expect(expectedOf("13", tier)).toBe("proven");
    },
  );

  test.each(shared(1))(
    "case 13: an unrelated session with the recorded %s, its leader gone, is left running",
    async () => {
      const { id, payload } = await onlyRecords();
      await startUnrelated("13-reused-pid", String(payload), "session");
      expect(await alive()).toEqual(["reused-session"]);
      await server.start();
      expect(await stage.observe(id)).toMatchObject({ state: "lost", living: [] });
      expect(await alive()).toEqual(["reused-session"]);
    },
  );

  test("case 14: a record from before a reboot signals no process, though pid and start time match", async () => {
    const { id } = await onlyRecords();
    const said = await startUnrelated("bystander");
    const { pid = 0, start = 0 } = said;
    asOfAnotherBoot(server.stateDir, { pid, start, inode: 0 });
    await server.start();
    expect(await stage.observe(id)).toMatchObject({ state: "lost", living: [] });
    expect(await stage.receipt(id)).toMatchObject({
      outcome: { reason: "machine_restarted" },
      proof: { kind: "reboot" },
    });
    expect(await alive()).toEqual(["bystander"]);
    expect(expectedOf("14", tier)).toBe("proven");
  });
});

/** Rewrites the one unfinished attempt: another boot, and keeper and payload are the process given. */
function asOfAnotherBoot(
  stateDir: string,
  process: { pid: number; start: number; inode: number },
): void {
  // With Holdfast's own store code, which updates the checksums.
  const database = new Database(join(stateDir, "holdfast.db"));
  const row = database.one(
    "SELECT id, holdfast_text(claim) AS claim FROM attempts WHERE ended_at_ms IS NULL",
  ) as {
    id: string;
    claim: string;
  };
  const rewritten = (text: string) =>
    JSON.stringify({
      ...JSON.parse(text),
      boot_id: otherBoot,
      keeper: process,
      payload: { ...process, session: process.pid },
    });
  database.run(
    "UPDATE attempts SET boot_id = ?, claim = ? WHERE id = ?",
    otherBoot,
    rewritten(row.claim),
    row.id,
  );
  database.close();
  const file = join(stateDir, "attempts", row.id, "keeper.json");
  writeFileSync(file, rewritten(readFileSync(file, "utf8")));
}
