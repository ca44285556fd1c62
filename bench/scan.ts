import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { promisify } from "node:util";
import { createClient } from "../src/client/client.ts";
import { foregroundClock } from "../src/system/clock.ts";
import { atMostTimes, figure, type Bench } from "./harness/figure.ts";
import { inPairs } from "./harness/pairs.ts";
import { processorMs } from "./harness/process-cost.ts";
import { withServer } from "./harness/server.ts";

const wanted = 300;
const rounds = 20;
const columns = "pid,ppid,pgid,sid,lstart,args";

export const bench: Bench = {
  question:
    `A scan for orphans at ${wanted} processes, asked for over the socket and with a window of 0 (it ` +
    `reads the process table twice all the same), against \`ps -eo ${columns}\`.`,
  measure: (say) =>
    withServer(
      ({ socket, pid }) =>
        withProcesses(wanted, async () => {
          const client = createClient({ socket, clock: foregroundClock });
          const measured = await inPairs(
            rounds,
            async () => {
              const beforeMs = processorMs(pid);
              const wallMs = await took(async () => {
                const { seen, suspects } = await client.scanOrphans({ allUsers: false });
                say(`${seen} processes, ${suspects.length} suspects`);
              });
              return { wallMs, processorMs: processorMs(pid) - beforeMs };
            },
            async () => {
              const wallMs = await took(() => promisify(execFile)("ps", ["-eo", columns]));
              return { wallMs, processorMs: await processorMsOfPs() };
            },
          );
          return [
            figure({
              what: "a scan",
              unit: "ms",
              ours: measured.ours.map(({ wallMs }) => wallMs),
              peer: { what: "ps", values: measured.peer.map(({ wallMs }) => wallMs) },
              goal: atMostTimes(1.2),
            }),
            figure({
              what: "processor time of it",
              unit: "ms",
              ours: measured.ours.map((one) => one.processorMs),
              peer: { what: "ps", values: measured.peer.map((one) => one.processorMs) },
              goal: atMostTimes(1.2),
            }),
          ];
        }),
      { HOLDFAST_ORPHANS_WINDOW: "0", HOLDFAST_ORPHANS_MIN_AGE: "0" },
    ),
};

/** Of a run of its own, as the shell that waits for it is told. */
async function processorMsOfPs(): Promise<number> {
  const script = `ps -eo ${columns} > /dev/null; times`;
  const { stdout } = await promisify(execFile)("bash", ["-c", script]);
  const children = stdout.trim().split("\n")[1] ?? "";
  const seconds = [...children.matchAll(/(\d+)m([\d.]+)s/g)].map(
    ([, minutes, rest]) => Number(minutes) * 60 + Number(rest),
  );
  return seconds.reduce((sum, one) => sum + one, 0) * 1000;
}

async function took(action: () => Promise<unknown>): Promise<number> {
  const beganMs = performance.now();
  await action();
  return performance.now() - beganMs;
}

/** With so many processes on the machine at least, for as long as `use` takes. */
async function withProcesses<T>(count: number, use: () => Promise<T>): Promise<T> {
  const here = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).length;
  const children: ChildProcess[] = [];
  try {
    while (here + children.length < count) {
      const child = spawn("/bin/sleep", ["infinity"], { stdio: "ignore" });
      await once(child, "spawn");
      children.push(child);
    }
    return await use();
  } finally {
    for (const child of children) {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    }
  }
}
