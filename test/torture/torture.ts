import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { liveStates } from "../../src/job/states.ts";
import { commandOf, listProcesses } from "../../src/processes/process-table.ts";
import { PrivateServer } from "../containment/private-server.ts";
import { listHeld } from "../fixtures/witness.ts";
import { longestWaitMs } from "../harness/longest-wait.ts";
import { check } from "./checker.ts";
import { RandomClient } from "./client.ts";
import { Disk } from "./disk.ts";
import { Faults } from "./faults.ts";
import { Journal } from "./journal.ts";
import { observe } from "./observer.ts";
import type { Places } from "./payload.ts";
import { Random } from "./random.ts";

const diskMib = 48;
const settleTimeoutMs = 180_000;

export interface TortureOptions {
  seed: number;
  seconds: number;
  clients: number;
  /** Without it the disk never fills; needs root. */
  withDisk: boolean;
}

export interface TortureResult {
  violations: string[];
  counts: Record<string, number>;
  /** Whether the disk could be filled. */
  disk: boolean;
  submissions: number;
  /** The folder of all files, kept where there were violations. */
  folder: string;
}

/** Runs clients, faults and an observer for the given seconds, then checks everything without faults. */
export async function torture(options: TortureOptions): Promise<TortureResult> {
  const folder = mkdtempSync(join(tmpdir(), "hf-torture-"));
  const places: Places = { record: join(folder, "record"), witnesses: join(folder, "witnesses") };
  mkdirSync(places.witnesses);
  writeFileSync(places.record, "");
  const disk = options.withDisk ? Disk.mount(diskMib) : null;
  const server = new PrivateServer({
    cgroup: "auto",
    env: { HOLDFAST_JOBS_MAX_RUNNING: "12" },
    ...(disk === null ? {} : { under: disk.path }),
  });
  const journal = new Journal();
  const random = (actor: string) => new Random(options.seed, actor);
  const faults = new Faults(server, journal, disk, random("faults"));
  const over = new AbortController();
  const peace = new AbortController();
  await server.start();
  const observer = observe(server.connection, journal, places, peace.signal);
  const actors = Array.from({ length: options.clients }, (_, index) => {
    const name = `client-${index}`;
    return new RandomClient(name, server.client, journal, places, random(name)).run(over.signal);
  });
  actors.push(faults.run(over.signal));
  await delay(options.seconds * 1000);
  over.abort();
  await Promise.all(actors);
  await faults.startAgain();
  await settle(server, journal);
  await check(server.client, journal, places);
  await nothingLives(server, journal, places);
  peace.abort();
  await observer;
  const { violations } = journal;
  await server.end().catch((error: unknown) => violations.push(`ending: ${String(error)}`));
  if (violations.length === 0) rmSync(folder, { recursive: true });
  disk?.unmount();
  return {
    violations,
    counts: journal.counts,
    disk: disk !== null,
    submissions: journal.submissions.length,
    folder,
  };
}

/** Lets everything that waits or rests come to an end. */
async function settle(server: PrivateServer, journal: Journal): Promise<void> {
  const giveUpAtMs = Date.now() + settleTimeoutMs;
  while (Date.now() < giveUpAtMs) {
    const { jobs: held } = await server.client.list({ limit: 200, state: ["held"] });
    for (const { id } of held) await server.client.release(id).catch(() => undefined);
    const { jobs: resting } = await server.client.list({ limit: 50, state: ["running", "paused"] });
    for (const { id } of resting) {
      // Those that rest for minutes are ended; they count as asked for.
      journal.stopAsked.add(id);
      await server.client.cancel(id, 100).catch(() => undefined);
    }
    const { jobs: live } = await server.client.list({ limit: 1, state: liveStates });
    if (live.length === 0) return;
    await delay(100);
  }
}

/** Keepers of this server's attempts, after a moment in which those that are done may leave. */
async function keepersOf(server: PrivateServer): Promise<string[]> {
  const attempts = new Set(readdirSync(join(server.stateDir, "attempts")));
  const giveUpAtMs = Date.now() + longestWaitMs;
  for (;;) {
    const left = listProcesses()
      .filter(({ comm }) => comm.startsWith("holdfast-keep"))
      .map(({ pid, comm }) => commandOf(pid, comm))
      .filter((command) => attempts.has(command.split(" ")[1] ?? ""));
    if (left.length === 0 || Date.now() >= giveUpAtMs) return left;
    await delay(20);
  }
}

async function nothingLives(
  server: PrivateServer,
  journal: Journal,
  { witnesses }: Places,
): Promise<void> {
  for (const job of readdirSync(witnesses)) {
    const held = await listHeld(join(witnesses, job));
    if (held.length > 0)
      journal.violations.push(
        `of job ${job} lives ${held.map(({ name, pids }) => `${name} ${pids.join(" ")}`).join(", ")}`,
      );
  }
  const keepers = await keepersOf(server);
  if (keepers.length > 0) journal.violations.push(`keepers are left: ${keepers.join(", ")}`);
  const groups = server.groups();
  if (groups.length > 0) journal.violations.push(`groups are left: ${groups.join(" ")}`);
}
