import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Api } from "./harness/api.ts";
import { figure, type Bench, type Figure } from "./harness/figure.ts";
import { freshGroup } from "./harness/group.ts";
import { LineProcess } from "./harness/line-process.ts";
import { inPairs } from "./harness/pairs.ts";
import { freshDir } from "./harness/places.ts";
import { program } from "./harness/programs.ts";
import { withServer, type Server } from "./harness/server.ts";

const sizes = [
  { processes: 1, rounds: 40 },
  { processes: 50, rounds: 30 },
  { processes: 500, rounds: 15 },
  { processes: 2000, rounds: 8 },
];
const tiers = { cgroup: "auto", subreaper: "off" };

export const bench: Bench = {
  question:
    "From the first SIGKILL until the kernel reports that nothing lives, as the keeper records both " +
    "(whole milliseconds), for a tree of processes that ignore TERM, against the least that ends " +
    "the same tree: cgroup.kill, reaping each process, reading `populated 0`.",
  async measure(say) {
    const figures: Figure[] = [];
    for (const [tier, cgroup] of Object.entries(tiers)) {
      await withServer(
        async (server) => {
          for (const { processes, rounds } of sizes) {
            say(`${tier}, ${processes} processes`);
            figures.push(await measureSize(server, tier, processes, rounds));
          }
        },
        { HOLDFAST_CONTAINMENT_CGROUP: cgroup },
      );
    }
    return figures;
  },
};

async function measureSize(
  { socket, ends }: Server,
  tier: string,
  processes: number,
  rounds: number,
): Promise<Figure> {
  const ready = join(freshDir("kill"), "ready");
  const tree = [program("stubborn-tree"), String(processes), ready];
  const api = new Api(socket);
  const measured = await inPairs(
    rounds,
    async () => {
      const { id } = await api.submit({ command: tree });
      await untilThere(ready);
      await api.cancel(id, 0);
      await ends.of(id);
      const { ended, phases } = await api.receipt(id);
      if (ended.kill !== processes) throw new Error(`${ended.kill} of ${processes} were killed`);
      const at = (name: string) => phases.find((phase) => phase.name === name)?.atMs ?? Number.NaN;
      return at("nothing left") - at("KILL");
    },
    async () => {
      const killer = new LineProcess(program("group-kill"), [freshGroup("bare"), ...tree]);
      await untilThere(ready);
      const tookNs = Number(await killer.ask());
      await killer.end();
      return tookNs / 1e6;
    },
  );
  api.close();
  return figure({
    what: `${tier}: ${processes} ${processes === 1 ? "process" : "processes"}`,
    unit: "ms",
    ours: measured.ours,
    peer: { what: "cgroup.kill and reap", values: measured.peer },
  });
}

/** Waits for the tree to be complete, and makes ready for the next one. */
async function untilThere(path: string): Promise<void> {
  while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 5));
  rmSync(path);
  // What the tree still has to do (each process its way to pause) is not part of ending it.
  await new Promise((resolve) => setTimeout(resolve, 100));
}
