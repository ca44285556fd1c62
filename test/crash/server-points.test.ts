import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CrashStage } from "./crash-stage.ts";
import { serverPoints } from "./points.ts";
import { scenarios, scenariosFor, type Scenario, type ScenarioName } from "./scenarios.ts";

/**
 * The server is killed at each of its failpoints, in each situation that leads past it. The next server
 * finds everything again: the job ran once, its state and exit code are what really happened, and nothing
 * is left. HOLDFAST_CRASH=all tests every situation, otherwise only the first of each point.
 */
const everything = process.env["HOLDFAST_CRASH"] === "all";

const cases = serverPoints().flatMap((point) => {
  const names = scenariosFor(point) ?? [];
  return (everything ? names : names.slice(0, 1)).map((name) => ({ point, name }));
});

describe("a server that is killed at", () => {
  let stage: CrashStage;
  beforeEach(async () => {
    stage = await CrashStage.set();
  });
  afterEach(() => stage.clear());

  test.each(cases)("$point ($name)", async ({ point, name }) => {
    const scenario: Scenario = scenarios[name satisfies ScenarioName];
    await hit(stage, scenario, `${point}=kill`);
    await stage.server.start(scenario.settings);
    await stage.recovered();
    await stage.submitAgain();
    await scenario.after?.(stage);
    await check(stage, scenario);
  });
});

const refusable = cases.filter(({ point }) => point.endsWith(".before"));

// Not declared at all in the normal run: a skip there is a failure.
const declared = everything ? describe : () => undefined;

declared("a server that is refused twice, and lives on, at", () => {
  let stage: CrashStage;
  beforeEach(async () => {
    stage = await CrashStage.set();
  });
  afterEach(() => stage.clear());

  test.each(refusable)("$point ($name)", async ({ point, name }) => {
    const scenario: Scenario = scenarios[name satisfies ScenarioName];
    // A commit fails on a full disk; a call to the machine fails for lack of a descriptor.
    const fault = `${point}=${point.startsWith("engine.") ? "EMFILE" : "ENOSPC"}*2`;
    const { server } = stage;
    if (scenario.before !== undefined) {
      await server.start({ ...scenario.settings, ...scenario.beforeEnv });
      await scenario.before(stage);
      if (scenario.beforeEnv !== undefined) await server.untilDead();
      await server.kill();
    }
    await server.start({ ...scenario.settings, HOLDFAST_FAILPOINTS: fault });
    await stage.recovered();
    await scenario.drive(stage);
    // A refused client asks again.
    for (let time = 0; time < 3; time += 1) {
      await stage.submitAgain();
      await scenario.after?.(stage);
    }
    if (scenario.expected !== null) await stage.ended();
    // The next server removes folders that could not be removed.
    await server.kill("SIGTERM");
    await server.start(scenario.settings);
    await stage.recovered();
    await check(stage, scenario);
  });
});

/** Runs until the server has been killed at its failpoint. */
async function hit(stage: CrashStage, scenario: Scenario, failpoints: string): Promise<void> {
  const { server } = stage;
  if (scenario.before !== undefined) {
    await server.start({ ...scenario.settings, ...scenario.beforeEnv });
    await scenario.before(stage);
    if (scenario.beforeEnv !== undefined) await server.untilDead();
    await server.kill();
  }
  const alive = await server
    .start({ ...scenario.settings, ...scenario.env, HOLDFAST_FAILPOINTS: failpoints })
    .then(() => true)
    .catch((error: unknown) => {
      // It may have died before it could say that it is ready.
      if (scenario.before === undefined) throw error;
      return false;
    });
  if (alive) await scenario.drive(stage);
  expect(await server.untilDead(), server.lastOutput()).toBe("SIGKILL");
}

async function check(stage: CrashStage, { expected }: Scenario): Promise<void> {
  if (expected === null) {
    await expect(stage.server.client.show(stage.id)).rejects.toThrow("no such job");
    expect(stage.leavings()).toEqual([]);
    return;
  }
  expected(await stage.findings());
  await stage.server.client.remove(stage.id);
  expect(stage.leavings()).toEqual([]);
}
