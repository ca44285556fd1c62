// npm run bench:against -- CHECKOUT [list] [cancel] [beside-lists]
//
// This checkout's build against that of another one, an earlier commit with its own set-up: both
// servers run at once and are asked in turn, so the machine's load is the same for both. For finding
// out what a change costs; nothing is kept.
import { resolve } from "node:path";
import type { JobRequest } from "../src/client/client.ts";
import { Api } from "./harness/api.ts";
import { besideLists } from "./beside-lists.ts";
import { cancelled } from "./cancel.ts";
import { processorMs } from "./harness/process-cost.ts";
import { figure, type Figure } from "./harness/figure.ts";
import { inPairs } from "./harness/pairs.ts";
import { removeFreshDirs } from "./harness/places.ts";
import { table } from "./harness/report.ts";
import { stopServers, withServer, type Server } from "./harness/server.ts";

const tiers = { cgroup: "auto", subreaper: "off" };
const questions = { list, cancel, "beside-lists": besideLists };
type Question = keyof typeof questions;

const kinds: Record<string, Pick<JobRequest, "command" | "held">> = {
  held: { command: ["/bin/true"], held: true },
  running: { command: ["/bin/sleep", "1000"], held: false },
  ended: { command: ["/bin/true"], held: false },
};

/** Lists of 100 jobs of one kind. */
async function list(checkout: string): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [kind, request] of Object.entries(kinds)) {
    const values = await both(checkout, {}, async (ours, peer) => {
      const apis = [await withJobs(ours, request), await withJobs(peer, request)] as const;
      const [a, b] = apis;
      const measured = await inPairs(
        400,
        () => listed(a, ours),
        () => listed(b, peer),
        100,
      );
      for (const api of apis) api.close();
      return measured;
    });
    const what = `list of 100 ${kind} jobs`;
    figures.push(compared(what, values, ({ tookMs }) => tookMs));
    figures.push(compared(`${what}, the server's processor time`, values, ({ busyMs }) => busyMs));
  }
  return figures;
}

async function withJobs(
  { socket, ends }: Server,
  request: Pick<JobRequest, "command" | "held">,
): Promise<Api> {
  const api = new Api(socket);
  for (let n = 0; n < 100; n += 1) {
    const { id } = await api.submit(request);
    if (request.command[0] === "/bin/true" && !request.held) await ends.of(id);
  }
  return api;
}

async function listed(api: Api, { pid }: Server): Promise<{ tookMs: number; busyMs: number }> {
  const busyBeforeMs = processorMs(pid);
  const beganMs = performance.now();
  const { jobs } = await api.list("limit=100");
  const tookMs = performance.now() - beganMs;
  if (jobs.length !== 100) throw new Error(`${jobs.length} jobs`);
  return { tookMs, busyMs: processorMs(pid) - busyBeforeMs };
}

/** A tree of 500 processes that ignore TERM, on each tier. */
async function cancel(checkout: string): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [tier, cgroup] of Object.entries(tiers)) {
    const settings = { HOLDFAST_CONTAINMENT_CGROUP: cgroup };
    const values = await both(checkout, settings, (ours, peer) =>
      inPairs(
        25,
        () => cancelled(ours, 500),
        () => cancelled(peer, 500),
      ),
    );
    figures.push(compared(`cancel of 500 processes, ${tier}`, values, (ms) => ms));
  }
  return figures;
}

function both<T>(
  checkout: string,
  settings: NodeJS.ProcessEnv,
  use: (ours: Server, peer: Server) => Promise<T>,
): Promise<T> {
  return withServer((ours) => withServer((peer) => use(ours, peer), settings, checkout), settings);
}

function compared<T>(
  what: string,
  { ours, peer }: { ours: T[]; peer: T[] },
  ms: (measured: T) => number,
): Figure {
  const values = { what: "the other build", values: peer.map(ms) };
  return figure({ what, unit: "ms", ours: ours.map(ms), peer: values });
}

const [checkout, ...wanted] = process.argv.slice(2);
const names = Object.keys(questions) as Question[];
const asked = names.filter((name) => wanted.length === 0 || wanted.includes(name));
if (checkout === undefined || wanted.some((name) => !names.includes(name as Question))) {
  console.error(`usage: npm run bench:against -- CHECKOUT [${names.join("] [")}]`);
  process.exitCode = 2;
} else {
  try {
    const figures: Figure[] = [];
    for (const name of asked) figures.push(...(await questions[name](resolve(checkout))));
    console.log(table({ figures }).join("\n"));
  } finally {
    await stopServers();
    removeFreshDirs();
  }
}
