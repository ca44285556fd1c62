import { Api } from "./harness/api.ts";
import { atLeast, atLeastTimes, figure, type Bench } from "./harness/figure.ts";
import { LineProcess } from "./harness/line-process.ts";
import { inPairs } from "./harness/pairs.ts";
import { freshDir } from "./harness/places.ts";
import { withProcesses } from "./harness/processes.ts";
import { program } from "./harness/programs.ts";
import { withServer, type Server } from "./harness/server.ts";

const jobs = 1000;
const connections = 8;
const rounds = 3;
const command = ["/bin/true"];
/** What else runs on a busy machine. */
const crowd = { processes: 3000, threadsOf: [1000, 1000] };

export const bench: Bench = {
  question:
    `${jobs} jobs of /bin/true by ${connections} connections, from the first request until every ` +
    "outcome is on the disk, against the least that a runner with durable records does, one job " +
    "after the other: fsync an intent, posix_spawn, wait, fsync an outcome.",
  measure: (say) =>
    withServer(async (server) => {
      const crowded = await besideCrowd(server, say);
      const measured = await inPairs(
        rounds,
        async () => {
          const seconds = await ours(server);
          say(`${Math.round(jobs / seconds)} jobs/s`);
          return jobs / seconds;
        },
        async (round) => ({
          durable: jobs / (await loop(freshDir(`durable-${round}`))),
          plain: jobs / (await loop("-")),
        }),
        1,
      );
      return [
        figure({
          what: "jobs with durable outcomes",
          unit: "jobs/s",
          ours: measured.ours,
          peer: {
            what: "intent, spawn, outcome",
            values: measured.peer.map(({ durable }) => durable),
          },
          goal: atLeast(200, "jobs/s"),
        }),
        figure({
          what: `beside ${crowd.processes} processes, two of them with 1,000 threads`,
          unit: "jobs/s",
          ours: crowded.crowded,
          peer: { what: "without them", values: crowded.alone },
          goal: atLeastTimes(0.9),
        }),
        figure({
          what: "the same",
          unit: "jobs/s",
          ours: measured.ours,
          peer: { what: "posix_spawn and wait", values: measured.peer.map(({ plain }) => plain) },
        }),
      ];
    }),
};

/** Jobs per second, with and without other processes, round by round. */
async function besideCrowd(
  server: Server,
  say: (message: string) => void,
): Promise<{ crowded: number[]; alone: number[] }> {
  const rate = async () => jobs / (await ours(server));
  const measured = await inPairs(
    rounds,
    () => withProcesses(crowd.processes, rate, crowd.threadsOf),
    rate,
    1,
  );
  say(`beside others ${measured.ours.map(Math.round).join(", ")} jobs/s`);
  return { crowded: measured.ours, alone: measured.peer };
}

/** Seconds. */
async function ours({ socket, ends }: Server): Promise<number> {
  const api = new Api(socket, connections);
  const beganMs = performance.now();
  let left = jobs;
  const ids: number[] = [];
  const submitting = Array.from({ length: connections }, async () => {
    while (left > 0) {
      left -= 1;
      const { id } = await api.submit({ command });
      ids.push(id);
    }
  });
  await Promise.all(submitting);
  await Promise.all(ids.map((id) => ends.of(id)));
  const seconds = (performance.now() - beganMs) / 1000;
  // The store decides, not the events.
  const failed = ids.length - (await succeeded(api, Math.min(...ids)));
  api.close();
  if (failed > 0) throw new Error(`${failed} jobs did not succeed`);
  return seconds;
}

async function succeeded(api: Api, from: number): Promise<number> {
  let count = 0;
  let cursor = "";
  for (;;) {
    const page = await api.list(`state=succeeded&limit=500${cursor}`);
    const found = page.jobs.filter(({ id }) => id >= from);
    count += found.length;
    if (page.nextCursor === null || found.length < page.jobs.length) return count;
    cursor = `&cursor=${page.nextCursor}`;
  }
}

/** Seconds. */
async function loop(folder: string): Promise<number> {
  const process = new LineProcess(program("durable-loop"), [String(jobs), folder, ...command]);
  const tookNs = Number(await process.ask());
  await process.end();
  return tookNs / 1e9;
}
