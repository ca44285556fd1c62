import { Api } from "./harness/api.ts";
import { historyOf } from "./growth/history-folder.ts";
import { atLeast, atLeastTimes, figure, type Bench, type Figure } from "./harness/figure.ts";
import { Server } from "./harness/server.ts";

const waiting = 100_000;
const few = 1000;
const submitted = 1000;
const connections = 8;
const measuredMs = 10_000;

export const bench: Bench = {
  question:
    `A queue with ${waiting} jobs against one with ${few}: jobs submitted by ${connections} connections ` +
    "while as many run as may, and how many jobs of /bin/true the server takes from the queue in a second.",
  measure: async (say) => {
    const many = await ratesOf(waiting, say);
    const peer = await ratesOf(few, say);
    const beside = (values: readonly number[]) => ({ what: `${few} waiting`, values });
    const figures: Figure[] = [
      figure({
        what: `${waiting} waiting: submitted`,
        unit: "jobs/s",
        ours: [many.submitted],
        peer: beside([peer.submitted]),
        goal: atLeast(500, "jobs/s"),
      }),
      figure({
        what: `${waiting} waiting: run`,
        unit: "jobs/s",
        ours: [many.run],
        peer: beside([peer.run]),
        goal: atLeastTimes(0.9),
      }),
    ];
    return figures;
  },
};

async function ratesOf(
  jobs: number,
  say: (text: string) => void,
): Promise<{ submitted: number; run: number }> {
  const { stateDir } = await historyOf(0, jobs);
  const settings = { HOLDFAST_STATE_DIR: stateDir, HOLDFAST_JOBS_MAX_RUNNING: "8" };
  const server = await Server.start(settings);
  const api = new Api(server.socket, connections);
  const ended = async () => jobs - (await queued(api));
  // The first are launched while the server is still starting.
  const before = await ended();
  const beganMs = performance.now();
  await new Promise((resolve) => setTimeout(resolve, measuredMs));
  const run = ((await ended()) - before) / ((performance.now() - beganMs) / 1000);
  say(`${jobs} waiting: ${Math.round(run)} run/s`);
  let extra = 0;
  const submitBeganMs = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (extra < submitted) {
        extra += 1;
        await api.submit({ command: ["/bin/true"], held: true });
      }
    }),
  );
  const rate = submitted / ((performance.now() - submitBeganMs) / 1000);
  say(`${jobs} waiting: ${Math.round(rate)} submitted/s`);
  api.close();
  await server.end();
  return { submitted: rate, run };
}

async function queued(api: Api): Promise<number> {
  const { jobs } = await api.health();
  return jobs["queued"] ?? 0;
}
