import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { watchOrphans } from "../src/client/orphan-watch.ts";
import { readStat } from "../src/processes/proc-stat.ts";
import { foregroundClock } from "../src/system/clock.ts";
import { atMost, figure, type Bench } from "./harness/figure.ts";
import { processorMs } from "./harness/process-cost.ts";
import { withProcesses } from "./harness/processes.ts";
import { withServer, type Server } from "./harness/server.ts";

const processes = 300;
const defaultIntervalMs = 30_000;
const intervalMs = 1000;
const orphans = 20;
const sampleMs = 5000;
const samples = 4;

export const bench: Bench = {
  question:
    `What the server's own watch costs at ${processes} processes, and how soon it reports an orphan. ` +
    `It samples every ${intervalMs} ms here; the cost of a round is given as a share of a core at the ` +
    `default of ${defaultIntervalMs / 1000} s. The orphans are of a class without a minimum age; their ` +
    "parents end at random moments.",
  measure: (say) =>
    withProcesses(processes, async () => {
      const idle = await withServer((server) => processorMsPerSecond(server));
      const settings = {
        HOLDFAST_ORPHANS_WATCH: "1",
        HOLDFAST_ORPHANS_WATCH_INTERVAL: `${intervalMs}ms`,
        HOLDFAST_ORPHANS_MIN_AGE: "0",
        HOLDFAST_ORPHANS_CPU_PERCENT: "0",
      };
      return withServer(async (server) => {
        const watching = await processorMsPerSecond(server);
        const idleMs = idle.reduce((sum, one) => sum + one, 0) / idle.length;
        const roundMs = watching.map((one) => ((one - idleMs) * intervalMs) / 1000);
        say(`a server without a watch: ${idleMs.toFixed(2)} ms of CPU a second`);
        return [
          figure({ what: "CPU time of a round", unit: "ms", ours: roundMs }),
          figure({
            what: `share of a core, a round each ${defaultIntervalMs / 1000} s`,
            unit: "%",
            ours: roundMs.map((one) => (one / defaultIntervalMs) * 100),
            goal: atMost(1, "%"),
          }),
          figure({
            what: `from the parent's end to the report, a round each ${intervalMs} ms`,
            unit: "ms",
            ours: await reportTimes(server),
          }),
        ];
      }, settings);
    }),
};

async function processorMsPerSecond({ pid }: Server): Promise<number[]> {
  await delay(sampleMs); // its start is over, its code is warm
  const found: number[] = [];
  for (let sample = 0; sample < samples; sample += 1) {
    const before = { atMs: performance.now(), cpuMs: processorMs(pid) };
    await delay(sampleMs);
    const tookMs = performance.now() - before.atMs;
    found.push(((processorMs(pid) - before.cpuMs) * 1000) / tookMs);
  }
  return found;
}

async function reportTimes({ socket }: Server): Promise<number[]> {
  const reportedAtMs = new Map<number, number>();
  let news = Promise.withResolvers<void>();
  const end = new AbortController();
  const listening = (async () => {
    const connection = { socket, clock: foregroundClock };
    for await (const { suspect } of watchOrphans(connection, {
      of: "server",
      signal: end.signal,
    })) {
      if (suspect !== null && !reportedAtMs.has(suspect.root))
        reportedAtMs.set(suspect.root, performance.now());
      news.resolve();
    }
  })().catch((error: unknown) => {
    if (!end.signal.aborted) throw error;
  });
  const times: number[] = [];
  for (let made = 0; made < orphans; made += 1) {
    await delay(Math.random() * intervalMs);
    const orphan = await makeOrphan();
    try {
      while (!reportedAtMs.has(orphan.pid)) {
        await news.promise;
        news = Promise.withResolvers();
      }
      times.push((reportedAtMs.get(orphan.pid) ?? 0) - orphan.bornAtMs);
    } finally {
      if (readStat(orphan.pid)?.start === orphan.start) process.kill(orphan.pid, "SIGKILL");
    }
  }
  end.abort();
  await listening;
  return times;
}

/** An orphan from the moment at which its parent, the leader of its session, is gone. */
async function makeOrphan(): Promise<{ pid: number; start: number; bornAtMs: number }> {
  const child = spawn("sh", ["-c", "sleep 600 > /dev/null & echo $!"], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const exited = once(child, "exit");
  const [word] = (await once(child.stdout, "data")) as [Buffer];
  await exited;
  const bornAtMs = performance.now();
  const pid = Number(word.toString());
  return { pid, start: readStat(pid)?.start ?? 0, bornAtMs };
}
