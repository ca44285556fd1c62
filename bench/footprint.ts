import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { Api } from "./harness/api.ts";
import { atMost, figure, type Bench, type Figure } from "./harness/figure.ts";
import { node } from "./harness/places.ts";
import { memoryOf, processorMs, type Memory } from "./harness/process-cost.ts";
import { program } from "./harness/programs.ts";
import { withServer } from "./harness/server.ts";

const manyJobs = 500;
const settleMs = 5000;
const watchedMs = 20_000;

export const bench: Bench = {
  question:
    "What keepers and the server cost while jobs run and nothing happens: memory by smaps_rollup, " +
    `processor time of the server over ${watchedMs / 1000} s, against a process that only waits ` +
    "(static C beside the keeper, Node beside the server).",
  measure: (say) =>
    withServer(
      async ({ socket, pid }) => {
        const idle = await withChildren(
          [[program("idle")], [node, "-e", "setInterval(() => {}, 1e6)"]],
          async ([smallPid = 0, nodePid = 0]) => {
            await pauseMs(settleMs);
            return { small: memoryOf(smallPid), node: memoryOf(nodePid) };
          },
        );
        const figures: Figure[] = [];
        say("no job");
        await pauseMs(settleMs);
        figures.push(...(await serverFigures("no job", pid, idle.node)));

        const api = new Api(socket, 8);
        const first = await api.submit({ command: ["/bin/sleep", "infinity"] });
        await pauseMs(settleMs);
        figures.push(...keeperFigures("1 keeper", [await keeperPid(api, first.id)], idle.small));

        say(`${manyJobs} jobs`);
        const jobs = [first];
        while (jobs.length < manyJobs)
          jobs.push(await api.submit({ command: ["/bin/sleep", "infinity"] }));
        await pauseMs(2 * settleMs);
        const keepers = await Promise.all(jobs.map(({ id }) => keeperPid(api, id)));
        figures.push(...keeperFigures(`${manyJobs} keepers, each`, keepers, idle.small));
        figures.push(...(await serverFigures(`${manyJobs} jobs`, pid, idle.node)));
        api.close();
        return figures;
      },
      { HOLDFAST_JOBS_MAX_RUNNING: String(manyJobs) },
    ),
};

async function serverFigures(what: string, pid: number, peer: Memory): Promise<Figure[]> {
  const memory = memoryOf(pid);
  const before = processorMs(pid);
  await pauseMs(watchedMs);
  const busyPercent = ((processorMs(pid) - before) / watchedMs) * 100;
  return [
    figure({
      what: `server, ${what}: resident`,
      unit: "MiB",
      ours: [memory.residentMiB],
      peer: { what: "idle Node", values: [peer.residentMiB] },
      goal: atMost(120, "MiB"),
    }),
    figure({
      what: `server, ${what}: of one core`,
      unit: "%",
      ours: [busyPercent],
      goal: atMost(0.5, "%"),
    }),
  ];
}

function keeperFigures(what: string, pids: readonly number[], peer: Memory): Figure[] {
  const found = pids.map(memoryOf);
  return [
    figure({
      what: `${what}: resident`,
      unit: "MiB",
      ours: found.map(({ residentMiB }) => residentMiB),
      peer: { what: "idle C program", values: [peer.residentMiB] },
      goal: atMost(1, "MiB"),
    }),
    figure({
      what: `${what}: proportional`,
      unit: "MiB",
      ours: found.map(({ proportionalMiB }) => proportionalMiB),
      peer: { what: "idle C program", values: [peer.proportionalMiB] },
      goal: atMost(1, "MiB"),
    }),
  ];
}

/** Throws unless the job runs: a keeper of a queued job would be counted as nothing. */
async function keeperPid(api: Api, id: number): Promise<number> {
  const { state, attempt } = await api.show(id);
  if (state !== "running" || attempt?.keeperPid == null) throw new Error(`job ${id} is ${state}`);
  return attempt.keeperPid;
}

async function withChildren<T>(
  commands: readonly (readonly string[])[],
  use: (pids: number[]) => Promise<T>,
): Promise<T> {
  const children: ChildProcess[] = commands.map(([path = "", ...args]) =>
    spawn(path, args, { stdio: "ignore" }),
  );
  try {
    return await use(children.map(({ pid }) => pid ?? 0));
  } finally {
    for (const child of children) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  }
}

function pauseMs(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
