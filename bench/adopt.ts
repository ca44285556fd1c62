import { createClient } from "../src/client/client.ts";
import { realClock } from "../src/system/clock.ts";
import { Api } from "./harness/api.ts";
import { atMost, figure, type Bench } from "./harness/figure.ts";
import { memoryOf } from "./harness/process-cost.ts";
import { withServer } from "./harness/server.ts";

const manyJobs = 500;
const rounds = 7;

export const bench: Bench = {
  question:
    `The server is killed by SIGKILL while ${manyJobs} jobs run, and started again: how long from ` +
    "its start until the API answers, until every keeper is connected again, and from the kill " +
    "until the API answers.",
  measure: (say) =>
    withServer(
      async (server) => {
        const client = createClient({ socket: server.socket, clock: realClock });
        say(`${manyJobs} jobs`);
        const api = new Api(server.socket, 8);
        for (let job = 0; job < manyJobs; job += 1)
          await api.submit({ command: ["/bin/sleep", "infinity"] });
        api.close();
        while (((await client.health()).jobs["running"] ?? 0) < manyJobs) await pauseMs(100);
        const answers: number[] = [];
        const followed: number[] = [];
        const absent: number[] = [];
        const memory: number[] = [];
        for (let round = 0; round < rounds; round += 1) {
          say(`round ${round + 1}`);
          const killedAt = performance.now();
          await server.kill();
          const startedAt = performance.now();
          await server.startAgain();
          let health = await client.health();
          answers.push(performance.now() - startedAt);
          absent.push(performance.now() - killedAt);
          while (health.status !== "ok") {
            await pauseMs(5);
            health = await client.health();
          }
          followed.push(performance.now() - startedAt);
          if (health.recovery.done !== manyJobs || health.jobs["running"] !== manyJobs)
            throw new Error(`of ${manyJobs} jobs ${health.recovery.done} were found again`);
          memory.push(memoryOf(server.pid).residentMiB);
        }
        return [
          figure({
            what: `start until the API answers, ${manyJobs} jobs`,
            unit: "ms",
            ours: answers,
            goal: atMost(1000, "ms"),
          }),
          figure({
            what: `start until all ${manyJobs} are followed`,
            unit: "ms",
            ours: followed,
            goal: atMost(2000, "ms"),
          }),
          figure({ what: "without service, from SIGKILL on", unit: "ms", ours: absent }),
          figure({
            what: "server, resident, right after",
            unit: "MiB",
            ours: memory,
            goal: atMost(120, "MiB"),
          }),
        ];
      },
      { HOLDFAST_JOBS_MAX_RUNNING: String(manyJobs) },
    ),
};

function pauseMs(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
