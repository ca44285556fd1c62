import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectedOf, tiersHere, tierSettings } from "./expected.ts";
import { removeGroupsOf } from "./own-groups.ts";
import { PrivateServer } from "./private-server.ts";
import { endsItself, randomPayload } from "./random-payload.ts";
import { Stage } from "./stage.ts";
import { verdictOf } from "./verdict.ts";

/**
 * Payloads put together at random. `npm run test:random` takes 500 on each tier, the normal run a
 * few. HOLDFAST_RANDOM_RUNS, _SEED and _PATH choose; what failed is made smaller and printed with
 * the command that repeats it.
 */
const runs = Number(process.env["HOLDFAST_RANDOM_RUNS"] ?? 20);
const seed = Number(process.env["HOLDFAST_RANDOM_SEED"] ?? Date.now() % 2 ** 31);
const path = process.env["HOLDFAST_RANDOM_PATH"];
const wayToEnd = fc.oneof(
  { weight: 12, arbitrary: fc.constant("cancel" as const) },
  { weight: 12, arbitrary: fc.constant("kill" as const) },
  { weight: 1, arbitrary: fc.constant("restart" as const) },
);

describe.each(tiersHere)("on the tier %s", (tier) => {
  let server: PrivateServer;
  beforeAll(async () => {
    server = await PrivateServer.start({ cgroup: tierSettings[tier] });
  });
  afterAll(() => server.end());

  test(`${runs} payloads end proven`, { timeout: 10_000 + runs * 5_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(randomPayload, wayToEnd, (program, way) => holds(program, way)),
      {
        seed,
        numRuns: runs,
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

  async function holds(program: string, way: "cancel" | "kill" | "restart"): Promise<void> {
    const stage = await Stage.set(server);
    try {
      const id = await stage.submitFixture("composed", [program], { graceMs: 30 });
      const ending = stage.observe(id);
      // It may have ended before its last process was in place.
      if (!endsItself(program)) {
        await stage.ready(id);
        await (way === "kill" ? server.client.kill(id) : server.client.cancel(id));
      }
      if (way === "restart") {
        await server.kill();
        await server.start();
      }
      const seen = await ending;
      expect(verdictOf(seen, await stage.receipt(id))).toBe(expectedOf("any", tier));
      expect(await stage.bystanders.missing()).toEqual([]);
    } finally {
      await stage.clear();
      removeGroupsOf(stage.witnessDir);
    }
  }
});
