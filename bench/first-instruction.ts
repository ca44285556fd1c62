import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Api } from "./harness/api.ts";
import { atMost, figure, type Bench } from "./harness/figure.ts";
import { inPairs } from "./harness/pairs.ts";
import { freshDir } from "./harness/places.ts";
import { program } from "./harness/programs.ts";
import { withServer } from "./harness/server.ts";
import { SpawnTimer } from "./harness/spawn-timer.ts";

const rounds = 200;

export const bench: Bench = {
  question:
    "From sending the request (one warm connection) to the job's first instruction, which the job " +
    "notes itself, against posix_spawn of the same program from a small process.",
  measure: () =>
    withServer(async ({ socket, ends }) => {
      const folder = freshDir("first-instruction");
      const path = program("first-instruction");
      const api = new Api(socket);
      const spawner = new SpawnTimer([path, join(folder, "peer")]);
      const ackMs: number[] = [];
      const measured = await inPairs(
        rounds,
        async (round) => {
          const noted = join(folder, String(round));
          const beganNs = process.hrtime.bigint();
          const { id } = await api.submit({ command: [path, noted] });
          if (round >= 0) ackMs.push(Number(process.hrtime.bigint() - beganNs) / 1e6);
          await ends.of(id);
          return Number(lastNoted(noted) - beganNs) / 1e6;
        },
        async () => {
          const { beganNs } = await spawner.run();
          return Number(lastNoted(join(folder, "peer")) - beganNs) / 1e6;
        },
        20,
      );
      await spawner.end();
      api.close();
      return [
        figure({
          what: "request to first instruction",
          unit: "ms",
          ours: measured.ours,
          peer: { what: "posix_spawn", values: measured.peer },
          goal: atMost(5, "ms"),
        }),
        figure({
          what: "request to the answer that the job is on record",
          unit: "ms",
          ours: ackMs,
        }),
      ];
    }),
};

function lastNoted(path: string): bigint {
  return BigInt(readFileSync(path, "utf8").trim().split("\n").at(-1) ?? 0);
}
