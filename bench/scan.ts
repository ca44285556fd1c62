import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { createClient, type Client } from "../src/client/client.ts";
import { foregroundClock } from "../src/system/clock.ts";
import { atMostTimes, figure, type Bench, type Figure, type Goal } from "./harness/figure.ts";
import { inPairs } from "./harness/pairs.ts";
import { processorMs } from "./harness/process-cost.ts";
import { withProcesses } from "./harness/processes.ts";
import { withServer, type Server } from "./harness/server.ts";

const counts = [300, 3000];
const rounds = 20;
const columns = "pid,ppid,pgid,sid,lstart,args";
const settings = { HOLDFAST_ORPHANS_WINDOW: "0", HOLDFAST_ORPHANS_MIN_AGE: "0" };

export const bench: Bench = {
  question:
    `A scan for orphans at ${counts.join(" and ")} processes, asked for over the socket, against ` +
    `\`ps -eo ${columns}\`. The window is 0, as a watch has it: CPU time is measured since the last ` +
    "scan. Next scans: the server knows the processes from the scan before. A plan takes nothing from " +
    "earlier scans: it makes a whole scan and writes a file. First scan: the first thing that a server does.",
  measure: async (say) => {
    const figures: Figure[] = [];
    for (const count of counts)
      figures.push(
        ...(await withProcesses(count, async () => [
          ...(await firstScans(count)),
          ...(await laterScans(count, say)),
        ])),
      );
    return figures;
  },
};

/** Each of a server of its own: its code runs for the first time. */
async function firstScans(count: number): Promise<Figure[]> {
  const measured = await inPairs(
    5,
    () => withServer((server) => costOf(server, () => scanOf(server)), settings),
    costOfPs,
    1,
  );
  return figuresOf(`first scan, ${count} processes`, measured);
}

async function laterScans(count: number, say: (message: string) => void): Promise<Figure[]> {
  return withServer(async (server) => {
    const { seen, suspects } = await scanOf(server);
    say(`${seen} processes, ${suspects.length} suspects`);
    const plan = () => clientOf(server).planOrphans({ allUsers: false });
    const plans = await inPairs(rounds, () => costOf(server, plan), costOfPs);
    const scans = await inPairs(rounds, () => costOf(server, () => scanOf(server)), costOfPs);
    return [
      ...figuresOf(`plan, ${count} processes`, plans, atMostTimes(1.2)),
      ...figuresOf(`next scan, ${count} processes`, scans, atMostTimes(0.6)),
    ];
  }, settings);
}

interface Cost {
  wallMs: number;
  processorMs: number;
}

function figuresOf(
  what: string,
  { ours, peer }: { ours: Cost[]; peer: Cost[] },
  goal?: Goal,
): Figure[] {
  const one = (message: string, read: (cost: Cost) => number) =>
    figure({
      what: message,
      unit: "ms",
      ours: ours.map(read),
      peer: { what: "ps", values: peer.map(read) },
      ...(goal === undefined ? {} : { goal }),
    });
  return [
    one(what, ({ wallMs }) => wallMs),
    one(`processor time of a ${what}`, (cost) => cost.processorMs),
  ];
}

function clientOf({ socket }: Server): Client {
  return createClient({ socket, clock: foregroundClock });
}

function scanOf(server: Server) {
  return clientOf(server).scanOrphans({ allUsers: false });
}

async function costOf({ pid }: Server, action: () => Promise<unknown>): Promise<Cost> {
  const beforeMs = processorMs(pid);
  const wallMs = await took(action);
  return { wallMs, processorMs: processorMs(pid) - beforeMs };
}

async function costOfPs(): Promise<Cost> {
  const wallMs = await took(() => promisify(execFile)("ps", ["-eo", columns], { maxBuffer: 1e8 }));
  return { wallMs, processorMs: await processorMsOfPs() };
}

/** Of a separate run, as the shell that waits for it reports. */
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
