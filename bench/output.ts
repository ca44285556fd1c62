import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Api } from "./harness/api.ts";
import { atLeastTimes, figure, type Bench } from "./harness/figure.ts";
import { inPairs } from "./harness/pairs.ts";
import { freshDir } from "./harness/places.ts";
import { program } from "./harness/programs.ts";
import { withServer } from "./harness/server.ts";
import { SpawnTimer } from "./harness/spawn-timer.ts";

const bytes = 2 ** 30;
const rounds = 8;

export const bench: Bench = {
  question:
    "A job that writes 1 GiB, by its own clock from the first write to the last, against the same " +
    "program writing to a file on the same disk, without Holdfast.",
  measure: (say) =>
    withServer(async ({ socket, ends }) => {
      const folder = freshDir("output");
      const noted = join(folder, "noted");
      const file = join(folder, "file");
      const command = [program("write-output"), String(bytes), noted];
      const api = new Api(socket);
      const spawner = new SpawnTimer(command, { output: file });
      const speed = () => bytes / 2 ** 20 / (Number(readFileSync(noted, "utf8")) / 1e9);
      const measured = await inPairs(
        rounds,
        async () => {
          const { id } = await api.submit({ command });
          await ends.of(id);
          const { attempt } = await api.show(id);
          rmSync(join(attempt?.folder ?? "", "output.log"));
          const found = speed();
          say(`${Math.round(found)} MiB/s`);
          return found;
        },
        async () => {
          await spawner.run();
          rmSync(file);
          return speed();
        },
        1,
      );
      await spawner.end();
      api.close();
      return [
        figure({
          what: "1 GiB of output",
          unit: "MiB/s",
          ours: measured.ours,
          peer: { what: "written directly to a file", values: measured.peer },
          goal: atLeastTimes(0.97),
        }),
      ];
    }),
};
