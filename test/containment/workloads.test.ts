import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fixturesFolder } from "../fixtures/witness.ts";
import { longestWaitMs } from "../harness/longest-wait.ts";
import { tiersHere, tierSettings } from "./expected.ts";
import { tierNames } from "./tier-names.ts";
import { markedNow } from "./marked.ts";
import { fromEvents, untilLines } from "./observation.ts";
import { isTerminal } from "../../src/job/states.ts";
import { PrivateServer } from "./private-server.ts";
import { Stage } from "./stage.ts";
import { claimOf } from "./verdict.ts";
import { workloads, type Workload } from "./workloads.ts";

/**
 * Real programs, each cancelled at a randomly chosen step of its own output, not by time.
 * HOLDFAST_TEST_FULL=1 does that 20 times on every tier; otherwise the tiers share them.
 */
const full = process.env["HOLDFAST_TEST_FULL"] === "1";
const times = full ? 20 : 1;
const defaultSteps = 20;

describe.each(tiersHere)("on the tier %s", (tier) => {
  let server: PrivateServer;
  beforeAll(async () => {
    server = await PrivateServer.start({ cgroup: tierSettings[tier] });
  });
  afterAll(() => server.end());

  const mine = workloads.filter((_, index) => full || index % 2 === tierNames.indexOf(tier));
  for (const workload of mine) {
    test.skipIf(
      !workload.here ||
        (workload.name.includes("podman") && process.env["HOLDFAST_TEST_PODMAN"] !== "1"),
    )(
      `${workload.name} is cancelled at a random step`,
      { timeout: times * longestWaitMs },
      async () => {
        for (let time = 0; time < times; time += 1)
          await cancelled(
            workload,
            1 + Math.floor(Math.random() * (workload.steps ?? defaultSteps)),
          );
      },
    );
  }

  async function cancelled(workload: Workload, step: number): Promise<void> {
    const stage = await Stage.set(server);
    const folder = mkdtempSync(join(tmpdir(), "hf-w-"));
    try {
      const hold = [join(fixturesFolder, "hold"), "--tree", "--ready", "workload"];
      const id = await stage.submit([...hold, ...workload.command(folder)], {
        graceMs: 1_000,
        env: { HOLDFAST_STEP: String(step) },
      });
      await stage.ready(id);
      await untilLines(server.connection, id, (lines) => stepsIn(lines) >= step);
      // Else the second observer would see nothing whatever happens.
      expect(markedNow(stage.witnessDir)).not.toEqual([]);
      const observed = fromEvents(server.connection, id, ({ state }) =>
        state !== null && isTerminal(state)
          ? { state, marked: markedNow(stage.witnessDir) }
          : undefined,
      );
      const witnessed = stage.observe(id);
      await server.client.cancel(id);
      expect(await observed, `cancelled at step ${step}`).toEqual({
        state: "cancelled",
        marked: [],
      });
      expect((await witnessed).living).toEqual([]);
      expect(claimOf(await stage.receipt(id))).toBe("proven");
      expect(await stage.bystanders.missing()).toEqual([]);
    } finally {
      workload.cleanUp?.(folder);
      await stage.clear();
      rmSync(folder, { recursive: true, force: true });
    }
  }
});

/** train_sklearn.py says `fit …`, the others `step …`. */
function stepsIn(lines: readonly string[]): number {
  return lines.filter((line) => /^(step|fit) /.test(line)).length;
}
