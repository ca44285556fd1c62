import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Api } from "./harness/api.ts";
import {
  atMostMore,
  atMostTimes,
  figure,
  type Bench,
  type Figure,
  type Goal,
} from "./harness/figure.ts";
import { freshGroup } from "./harness/group.ts";
import { LineProcess } from "./harness/line-process.ts";
import { inPairs } from "./harness/pairs.ts";
import { freshDir } from "./harness/places.ts";
import { program } from "./harness/programs.ts";
import { withServer, type Server } from "./harness/server.ts";

const sizes: readonly { processes: number; rounds: number; goal?: Goal }[] = [
  { processes: 1, rounds: 40, goal: atMostMore(10, "ms") },
  { processes: 50, rounds: 30 },
  { processes: 500, rounds: 15, goal: atMostTimes(1.5) },
];

export const bench: Bench = {
  question:
    "Cancelling with grace 0 a tree of processes that ignore TERM, from the request until its " +
    "receipt is here, against the least that ends the same tree: cgroup.kill, reaping each " +
    "process, reading `populated 0`.",
  measure: (say) =>
    withServer(async (server) => {
      const figures: Figure[] = [];
      for (const { processes, rounds, goal } of sizes) {
        say(`${processes} processes`);
        figures.push(await measureSize(server, processes, rounds, goal));
      }
      return figures;
    }),
};

/** Milliseconds from the request until the receipt of a tree that ignores TERM is here. */
export async function cancelled({ socket, ends }: Server, processes: number): Promise<number> {
  const ready = join(freshDir("cancel"), "ready");
  const api = new Api(socket);
  const { id } = await api.submit({ command: stubbornTree(processes, ready) });
  await untilThere(ready);
  const beganMs = performance.now();
  await api.cancel(id, 0);
  await ends.of(id);
  const { ended } = await api.receipt(id);
  const tookMs = performance.now() - beganMs;
  api.close();
  if (ended.kill !== processes) throw new Error(`${ended.kill} of ${processes} were killed`);
  return tookMs;
}

const stubbornTree = (processes: number, ready: string): string[] => [
  program("stubborn-tree"),
  String(processes),
  ready,
];

async function measureSize(
  server: Server,
  processes: number,
  rounds: number,
  goal?: Goal,
): Promise<Figure> {
  const ready = join(freshDir("cancel"), "ready");
  const tree = stubbornTree(processes, ready);
  const measured = await inPairs(
    rounds,
    () => cancelled(server, processes),
    async () => {
      const killer = new LineProcess(program("group-kill"), [freshGroup("bare"), ...tree]);
      await untilThere(ready);
      const tookNs = Number(await killer.ask());
      await killer.end();
      return tookNs / 1e6;
    },
  );
  return figure({
    what: `${processes} ${processes === 1 ? "process" : "processes"}`,
    unit: "ms",
    ours: measured.ours,
    peer: { what: "cgroup.kill and reap", values: measured.peer },
    ...(goal === undefined ? {} : { goal }),
  });
}

/** Waits for the tree to be complete, and makes ready for the next one. */
async function untilThere(path: string): Promise<void> {
  while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 5));
  rmSync(path);
  // What the tree still has to do (each process its way to pause) is not part of ending it.
  await new Promise((resolve) => setTimeout(resolve, 100));
}
