import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { longestWaitMs } from "../harness/longest-wait.ts";
import { expectedOf, isRoot, tiersHere, tierSettings } from "./expected.ts";
import { killLive, liveProcess } from "./live-process.ts";
import { fromEvents } from "./observation.ts";
import { removeGroupsOf } from "./own-groups.ts";
import { PrivateServer } from "./private-server.ts";
import { endsItself, randomPayload } from "./random-payload.ts";
import { receiptDifferences } from "../process-events/observed-job.ts";
import { ProcessEvents } from "../process-events/process-events.ts";
import { Stage } from "./stage.ts";
import { verdictOf } from "./verdict.ts";

/**
 * Payloads composed at random. `npm run test:random` runs 500 on each tier, the normal run a few.
 * HOLDFAST_RANDOM_RUNS, _SEED and _PATH select them; a failed payload is reduced and printed with the
 * command that repeats it.
 */
const runs = Number(process.env["HOLDFAST_RANDOM_RUNS"] ?? 20);
const seed = Number(process.env["HOLDFAST_RANDOM_SEED"] ?? Date.now() % 2 ** 31);
const path = process.env["HOLDFAST_RANDOM_PATH"];
const wayToEnd = fc.oneof(
  { weight: 12, arbitrary: fc.constant("cancel" as const) },
  { weight: 12, arbitrary: fc.constant("kill" as const) },
  { weight: 3, arbitrary: fc.constant("pause" as const) },
  { weight: 3, arbitrary: fc.constant("lose the keeper" as const) },
  { weight: 1, arbitrary: fc.constant("restart" as const) },
);
type WayToEnd = typeof wayToEnd extends fc.Arbitrary<infer Way> ? Way : never;

describe.each(tiersHere)("on the tier %s", (tier) => {
  let server: PrivateServer;
  let events: ProcessEvents | null = null;
  beforeAll(async () => {
    server = await PrivateServer.start({ cgroup: tierSettings[tier] });
    if (isRoot) events = await ProcessEvents.start();
  });
  afterAll(async () => {
    await server.end();
    await events?.end();
  });

  test(`${runs} payloads end proven`, { timeout: runs * longestWaitMs }, async () => {
    await fc.assert(
      fc.asyncProperty(randomPayload, wayToEnd, (program, way) => holds(program, way)),
      {
        seed,
        numRuns: runs,
        // A payload that never ends is a finding like any other.
        timeout: longestWaitMs,
        ...(path === undefined ? {} : { path }),
        async asyncReporter(result) {
          if (!result.failed) return;
          const repeat = `HOLDFAST_RANDOM_SEED=${result.seed} HOLDFAST_RANDOM_PATH=${result.counterexamplePath}`;
          throw new Error(
            `composed ${JSON.stringify(result.counterexample)}\nrepeat with: ${repeat} npm run test:random`,
            { cause: result.errorInstance },
          );
        },
      },
    );
  });

  async function end(id: number, way: WayToEnd): Promise<void> {
    const { client, connection } = server;
    if (way === "lose the keeper")
      return await killLive(liveProcess((await client.show(id)).attempt?.keeperPid ?? 0));
    if (way === "pause") {
      await client.pause(id);
      await fromEvents(connection, id, ({ state }) => (state === "paused" ? true : undefined));
    }
    await (way === "kill" ? client.kill(id) : client.cancel(id));
    if (way !== "restart") return;
    await server.kill();
    await server.start();
  }

  async function holds(program: string, way: WayToEnd): Promise<void> {
    const stage = await Stage.set(server);
    try {
      const id = await stage.submitFixture("composed", [program], { graceMs: 30 });
      const ending = stage.observe(id);
      // It may have ended before its last process was in place.
      if (!endsItself(program)) {
        await stage.ready(id);
        await end(id, way);
      }
      const seen = await ending;
      const number = seen.state === "lost" ? "27" : "any";
      const receipt = await stage.receipt(id);
      expect(verdictOf(seen, receipt)).toBe(expectedOf(number, tier));
      expect(await receiptDifferences(events, server.stateDir, receipt)).toEqual([]);
      expect(seen.state === "lost" && way !== "lose the keeper").toBe(false);
      expect(await stage.bystanders.missing()).toEqual([]);
    } finally {
      await stage.clear();
      removeGroupsOf(stage.witnessDir);
    }
  }
});
