import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isTerminal } from "../../src/job/states.ts";
import { fromEvents } from "../containment/observation.ts";
import { CrashStage } from "./crash-stage.ts";
import { afterKill, afterStall, isCancelled, keeperFaults } from "./keeper-faults.ts";
import { faultyKeeper } from "./points.ts";
import { letGoOn, stoppedBelow, untilGone } from "./stopped-process.ts";

/**
 * A fault hits the keeper at each of its failpoints; the server is killed as soon as that shows, and
 * the next server has a keeper without faults. HOLDFAST_CRASH=all adds stalls to kills and errors.
 */
const everything = process.env["HOLDFAST_CRASH"] === "all";
// Not declared at all in the normal run: a skip there is a failure.
const declared = everything ? describe : () => undefined;
const points = Object.entries(keeperFaults).map(([name, point]) => ({ name, point }));
const steps = points.filter(({ point }) => point.stage !== "probe");

let stage: CrashStage;
beforeEach(async () => {
  stage = await CrashStage.set();
});
afterEach(() => stage.clear());

describe("a keeper that is killed at", () => {
  test.each(steps)("$name", async ({ name, point }) => {
    await begin(name, "kill");
    if (!(await untilItShows())) await restart();
    afterKill(point)(await stage.findings());
    await nothingIsLeft();
  });
});

describe("a keeper that is refused", () => {
  const refused = points.flatMap(({ name, point }) =>
    Object.entries(point.errors ?? {}).map(([error, expected]) => ({ name, error, expected })),
  );
  test.each(refused)("$error at $name", async ({ name, error, expected }) => {
    await begin(name, `errno=${error}`);
    if (!(await untilItShows())) await restart();
    expected(await stage.findings());
    await nothingIsLeft();
  });
});

declared("a keeper that stands still, with the server killed during that time, at", () => {
  test.each(steps)("$name", async ({ name, point }) => {
    const began = begin(name, "stall");
    const stopped = await stoppedBelow(stage.server.pid);
    await began;
    await restart();
    // It has not claimed the attempt: the next server launches again and does not wait for it.
    if (point.stage !== "unclaimed") letGoOn(stopped);
    afterStall(point)(await stage.findings());
    letGoOn(stopped);
    await untilGone(stopped);
    expect(stage.runs).toBe(1);
    await nothingIsLeft();
  });
});

/** Submits, and cancels if the point belongs to a stop. */
async function begin(name: string, fault: string): Promise<void> {
  const point = keeperFaults[name];
  if (point === undefined) throw new Error(`no case for ${name}`);
  await stage.server.start({ HOLDFAST_KEEPER: withFault(`${name}:${fault}`) });
  await stage.submit(point.payload ?? (isCancelled(point) ? "tree" : "short"));
  if (!isCancelled(point)) return;
  await stage.ready();
  await stage.steer("cancel");
}

/** A keeper program that has the fault. The spawner's environment is its own, so it cannot come from the server's. */
function withFault(fault: string): string {
  const path = join(stage.server.folder, "keeper.sh");
  writeFileSync(
    path,
    `#!/bin/sh\nHOLDFAST_KEEPER_FAILPOINT=${fault} exec '${faultyKeeper}' "$@"\n`,
  );
  chmodSync(path, 0o755);
  return path;
}

/** True: the job has ended under this server. False: it will not without another keeper. */
function untilItShows(): Promise<boolean> {
  return fromEvents(stage.server.connection, stage.id, ({ state, data }) =>
    state !== null && isTerminal(state) ? true : data["event"] === "requeue" ? false : undefined,
  );
}

async function restart(): Promise<void> {
  await stage.server.kill();
  await stage.server.start();
  await stage.recovered();
}

async function nothingIsLeft(): Promise<void> {
  await stage.server.client.remove(stage.id);
  expect(stage.leavings()).toEqual([]);
}
