import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import type { Job } from "../src/client/client.ts";
import { readStat } from "../src/processes/proc-stat.ts";
import { spawnerOf } from "./containment/failing-keeper.ts";
import {
  liveProcess,
  signalLive,
  until,
  untilAnswered,
  type LiveProcess,
} from "./containment/live-process.ts";
import { fixturesFolder } from "./fixtures/witness.ts";
import type { Command } from "./harness/command.ts";
import { startedServer } from "./harness/started-server.ts";

const holdfast = startedServer();

let halted: LiveProcess | null = null;
afterEach(() => {
  if (halted !== null) signalLive(halted, "CONT");
  halted = null;
});

function halt(one: LiveProcess): void {
  halted = one;
  signalLive(one, "STOP");
}

async function shown(id: number, wanted: (job: Job) => boolean): Promise<Job> {
  let job = await holdfast.show(id);
  const isWanted = async () => {
    job = await holdfast.show(id);
    return wanted(job);
  };
  await untilAnswered(isWanted, () => JSON.stringify(job));
  return job;
}

async function keeperOf(id: number): Promise<LiveProcess> {
  const { attempt } = await shown(id, ({ state }) => state === "running");
  return liveProcess(attempt?.keeperPid ?? 0);
}

/** Starts a command and resolves when its server follows the job for it. */
async function following(...args: string[]): Promise<Command> {
  const command = holdfast.start(args);
  await command.says(/^job \d+/m);
  return command;
}

it("a job whose keeper is stopped by a signal says so, and how to continue it", async () => {
  const id = await holdfast.submit("sleep", "1000");
  const keeper = await keeperOf(id);
  halt(keeper);
  const job = await shown(id, ({ message }) => message !== null);
  expect(job.state).toBe("running");
  expect(job.message).toMatch(
    new RegExp(
      `^its keeper \\(pid ${keeper.pid}\\) is stopped by a signal .*kill -CONT ${keeper.pid}`,
    ),
  );
  signalLive(keeper, "CONT");
  expect((await shown(id, ({ message }) => message === null)).state).toBe("running");
  expect(await holdfast.run("cancel", String(id))).toMatchObject({ code: 0 });
});

it("pause says what it waits for, and reports no job as paused that is not", async () => {
  const id = await holdfast.submit("sleep", "1000");
  const keeper = await keeperOf(id);
  halt(keeper);
  await shown(id, ({ message }) => message !== null);
  const pause = holdfast.start(["pause", String(id)]);
  await pause.says(new RegExp(`its keeper \\(pid ${keeper.pid}\\) .*kill -CONT ${keeper.pid}`));
  expect((await holdfast.show(id)).state).toBe("running");
  signalLive(keeper, "CONT");
  const { code, stderr } = await pause.ended;
  expect(stderr).toContain(`job ${id} sleep is paused`);
  expect(code).toBe(0);
  expect(await holdfast.run("kill", String(id))).toMatchObject({ code: 0 });
});

it("wait prints that the keeper is stopped, and ends when it continues", async () => {
  const id = await holdfast.submit("sleep", "1000");
  const keeper = await keeperOf(id);
  const wait = holdfast.start(["wait", String(id)]);
  halt(keeper);
  await wait.says(
    new RegExp(`its keeper \\(pid ${keeper.pid}\\) .*kill -CONT ${keeper.pid} continues`),
  );
  signalLive(keeper, "CONT");
  expect(await holdfast.run("kill", String(id))).toMatchObject({ code: 0 });
  expect(await wait.ended).toMatchObject({ code: 130 });
});

it("run prints that the keeper was stopped after it began to follow", async () => {
  const run = await following("run", "sleep", "1000");
  const id = Number((await run.says(/^job (\d+)/m))[1]);
  const keeper = await keeperOf(id);
  halt(keeper);
  await run.says(new RegExp(`kill -CONT ${keeper.pid} continues`));
  signalLive(keeper, "CONT");
  expect(await holdfast.run("kill", String(id))).toMatchObject({ code: 0 });
  expect(await run.ended).toMatchObject({ code: 130 });
});

it("cancel and kill end a job whose keeper is stopped by a signal", async () => {
  for (const verb of ["cancel", "kill"]) {
    const id = await holdfast.submit("sleep", "1000");
    halt(await keeperOf(id));
    expect(await holdfast.run(verb, String(id))).toMatchObject({ code: 0 });
  }
});

it("a job that waits for a stopped spawner says so", async () => {
  const spawner = await spawnerOf((await holdfast.health()).pid);
  halt(spawner);
  const id = await holdfast.submit("true");
  const job = await shown(id, ({ message }) => message !== null);
  expect(job.state).toBe("starting");
  expect(job.message).toMatch(
    new RegExp(`^the process that starts keepers \\(pid ${spawner.pid}\\) is stopped`),
  );
  signalLive(spawner, "CONT");
  await shown(id, ({ state }) => state === "succeeded");
});

it("cancel and kill print that the spawner is stopped, and give up after --wait", async () => {
  const spawner = await spawnerOf((await holdfast.health()).pid);
  halt(spawner);
  const id = await holdfast.submit("sleep", "1000");
  const remedy = new RegExp(
    `the process that starts keepers \\(pid ${spawner.pid}\\) .*kill -CONT ${spawner.pid} continues`,
  );
  const cancel = holdfast.start(["cancel", String(id)]);
  await cancel.says(remedy);
  const kill = await holdfast.run("kill", "--wait", "1s", String(id));
  expect(kill.code).toBe(1);
  expect(kill.stderr).toMatch(remedy);
  signalLive(spawner, "CONT");
  expect(await cancel.ended).toMatchObject({ code: 0 });
});

it("cancel of a job that traces its keeper names the tracer and what ends it", async () => {
  const tracer = join(fixturesFolder, "05-tracer");
  const witnessDir = mkdtempSync(join(holdfast.stateDir, "witness-"));
  const go = join(witnessDir, "go");
  // Not before the server has heard the keeper: until then it knows no pid of the job.
  const script = `until [ -e ${go} ]; do sleep 0.05; done; WITNESS_DIR=${witnessDir} exec "$0" $PPID`;
  const id = await holdfast.submit("sh", "-c", script, tracer);
  await shown(id, ({ attempt }) => typeof attempt?.keeperPid === "number");
  writeFileSync(go, "");
  const traced = await shown(id, ({ message }) => message !== null);
  const keeper = traced.attempt?.keeperPid ?? 0;
  const payload = liveProcess(traced.attempt?.pid ?? 0);
  const remedy = new RegExp(
    `its keeper \\(pid ${keeper}\\) is traced by 05-tracer \\(pid ${payload.pid}\\) .*kill ${payload.pid}`,
  );
  const cancel = holdfast.start(["cancel", String(id)]);
  await cancel.says(remedy);
  signalLive(payload, "KILL");
  expect(await cancel.ended).toMatchObject({ code: 0 });
});

it("wait and cancel print that the records cannot be read; cancel ends the processes all the same", async () => {
  const id = await holdfast.submit("sleep", "1000");
  await keeperOf(id);
  const { attempt } = await holdfast.show(id);
  const payload = liveProcess(attempt?.pid ?? 0);
  const folder = attempt?.folder ?? "";
  let cancel: Command;
  renameSync(folder, `${folder}.moved`);
  // Without it the keeper would make the folder and its socket again.
  writeFileSync(folder, "");
  try {
    expect(await holdfast.run("server", "restart")).toMatchObject({ code: 0 });
    const unreadable = /its records cannot be read: ENOTDIR.* tried again/;
    const wait = holdfast.start(["wait", String(id)]);
    await wait.says(unreadable);
    wait.interrupt();
    await wait.ended;
    cancel = holdfast.start(["cancel", String(id)]);
    await cancel.says(unreadable);
    await until(() => readStat(payload.pid)?.start !== payload.start);
  } finally {
    rmSync(folder);
    renameSync(`${folder}.moved`, folder);
  }
  expect(await cancel.ended).toMatchObject({ code: 0 });
});
