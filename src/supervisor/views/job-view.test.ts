import { expect, it } from "vitest";
import { loadConfig } from "../../config/config.ts";
import { Engines } from "../../engines/engines.ts";
import { FakeEngine } from "../../engines/testing/fake-engine.ts";
import type { AttemptRow, JobRow } from "../../store/rows.ts";
import { FakeClock } from "../../system/fake-clock.ts";
import type { Follower } from "../attempt/follower.ts";
import { jobViewOf, type ViewParts } from "./job-view.ts";

it("names the keeper of the message in the attempt as well, if it was found for the message", async () => {
  const attempt: Partial<AttemptRow> = {
    id: "1b4e28ba-2fa1-4d3b-883f-0016d3cca427",
    job: 7,
    engine: "local",
    claim: null,
    endedAtMs: null,
    limits: [],
  };
  const row: Partial<JobRow> = {
    id: 7,
    state: "starting",
    message: null,
    outcome: null,
    damaged: [],
    attempt: attempt.id ?? null,
  };
  const engine = new FakeEngine();
  let found: number | null = null;
  engine.machine.keepers.pidOf = async () => found;
  const follower: Partial<Follower> = {
    attempt: attempt as AttemptRow,
    waitingThere: null,
    stopping: null,
    message: async () => {
      found = 812;
      return `its keeper (pid ${found}) is traced`;
    },
  };
  const parts: Pick<ViewParts, "engines" | "config"> = {
    engines: new Engines(new FakeClock(), engine),
    config: loadConfig({ HOLDFAST_STATE_DIR: "/nowhere" }),
  };
  const context = {
    ...parts,
    clock: new FakeClock(),
    store: {
      attempts: { get: () => attempt },
      allocations: { damagedAmong: () => new Set() },
      foundDamage: () => undefined,
    },
    followers: new Map([[7, follower]]),
    dispatcher: { waitingOf: () => null },
    gpuHolds: { ofJob: () => [] },
  };
  const job = await jobViewOf(context as unknown as ViewParts, row as JobRow);
  expect(job).toMatchObject({
    message: "its keeper (pid 812) is traced",
    attempt: { keeperPid: 812 },
  });
});
