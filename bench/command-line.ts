import { readFileSync } from "node:fs";
import { join } from "node:path";
import { atMost, atMostMore, atMostTimes, figure, type Bench } from "./harness/figure.ts";
import { inPairs } from "./harness/pairs.ts";
import { freshDir, node, root } from "./harness/places.ts";
import { program } from "./harness/programs.ts";
import { withServer } from "./harness/server.ts";
import { SpawnTimer } from "./harness/spawn-timer.ts";

const rounds = 60;
const launcher = join(root, "holdfast");
const bundle = [node, "--", join(root, "build/cli.cjs")];

export const bench: Bench = {
  question:
    "What a command costs as a Node of its own (HOLDFAST_CLIENT=node), with the server running: " +
    "`./holdfast submit -- PROGRAM` to the program's " +
    "first instruction and to the command's end, against an empty start of the same Node; the " +
    "launcher against the command line without it.",
  measure: () =>
    withServer(async ({ env: ordinary, ends }) => {
      const env = { ...ordinary, HOLDFAST_CLIENT: "node" };
      const folder = freshDir("command-line");
      const noted = join(folder, "noted");
      const answer = join(folder, "answer");
      const job = [program("first-instruction"), noted];
      const submit = new SpawnTimer([launcher, "submit", "--", ...job], { output: answer, env });
      const version = new SpawnTimer([launcher, "version"], { env });
      const bare = new SpawnTimer([...bundle, "version"], { env });
      const empty = new SpawnTimer([node, "-e", "0"], { env });

      const submitted = await inPairs(
        rounds,
        async () => {
          const { beganNs, tookMs } = await submit.run();
          await ends.of(Number(readFileSync(answer, "utf8")));
          return { tookMs, firstMs: Number(lastNoted(noted) - beganNs) / 1e6 };
        },
        async () => (await empty.run()).tookMs,
        5,
      );
      const launched = await inPairs(
        rounds,
        async () => (await version.run()).tookMs,
        async () => (await bare.run()).tookMs,
      );
      await Promise.all([submit, version, bare, empty].map((timer) => timer.end()));

      const emptyNode = { what: "node -e 0", values: submitted.peer };
      return [
        figure({
          what: "submit to first instruction",
          unit: "ms",
          ours: submitted.ours.map(({ firstMs }) => firstMs),
          peer: emptyNode,
          goal: atMostTimes(2),
        }),
        figure({
          what: "submit, the whole command",
          unit: "ms",
          ours: submitted.ours.map(({ tookMs }) => tookMs),
          peer: emptyNode,
        }),
        figure({
          what: "./holdfast version",
          unit: "ms",
          ours: launched.ours,
          peer: { what: "build/cli.cjs version", values: launched.peer },
          goal: atMostMore(10, "ms"),
        }),
        figure({
          what: "the launcher alone, in pairs",
          unit: "ms",
          ours: launched.ours.map((ms, round) => ms - (launched.peer[round] ?? NaN)),
          goal: atMost(10, "ms"),
        }),
      ];
    }),
};

function lastNoted(path: string): bigint {
  return BigInt(readFileSync(path, "utf8").trim().split("\n").at(-1) ?? 0);
}
