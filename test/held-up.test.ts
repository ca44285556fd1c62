import { afterEach, expect, it } from "vitest";
import type { Job } from "../src/client/client.ts";
import { spawnerOf } from "./containment/failing-keeper.ts";
import {
  liveProcess,
  signalLive,
  untilAnswered,
  type LiveProcess,
} from "./containment/live-process.ts";
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

it("a job whose keeper is stopped by a signal says so, and what lets it go on", async () => {
  const id = await holdfast.submit("sleep", "1000");
  const running = await shown(id, ({ state }) => state === "running");
  const pid = running.attempt?.keeperPid ?? 0;
  halt(liveProcess(pid));
  const job = await shown(id, ({ message }) => message !== null);
  expect(job.state).toBe("running");
  expect(job.message).toMatch(
    new RegExp(`^its keeper \\(pid ${pid}\\) is stopped by a signal .*kill -CONT ${pid}`),
  );
  signalLive(liveProcess(pid), "CONT");
  expect((await shown(id, ({ message }) => message === null)).state).toBe("running");
  expect(await holdfast.run("cancel", String(id))).toMatchObject({ code: 0 });
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
