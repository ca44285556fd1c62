import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  atMost,
  atMostMore,
  atMostTimes,
  figure,
  type Bench,
  type Figure,
} from "./harness/figure.ts";
import { inPairs } from "./harness/pairs.ts";
import { freshDir, node, root } from "./harness/places.ts";
import { memoryOf } from "./harness/process-cost.ts";
import { withServer, type Server } from "./harness/server.ts";
import { SpawnTimer } from "./harness/spawn-timer.ts";

const rounds = 100;
const loopRounds = 3;
const loopCommands = 1000;
const listed = 20;
const launcher = join(root, "holdfast");
const client = join(root, "build/client/holdfast-client");
const taskSpooler = ["/usr/bin/tsp", "/usr/bin/ts"].find((path) => existsSync(path));

export const bench: Bench = {
  question:
    "What a command costs through the client and the server's command host, against a bare start of " +
    "the client, against task-spooler (where it is installed), and against an empty Node.",
  measure: (say) =>
    withServer(async (server) => {
      const { env, pid } = server;
      const before = memoryOf(pid);
      const host = await hostOf(server);
      const bare = new SpawnTimer([client, "help"], { env });
      const submit = new SpawnTimer([launcher, "submit", "--hold", "--", "/bin/true"], { env });
      const list = new SpawnTimer([launcher, "ls", "--all", "--limit", String(listed)], { env });
      const empty = new SpawnTimer([node, "-e", "0"], { env });
      const took = async (timer: SpawnTimer) => (await timer.run()).tookMs;

      say("submit");
      const submits = await inPairs(
        rounds,
        () => took(submit),
        () => took(bare),
        10,
      );
      say("ls");
      const lists = await inPairs(
        rounds,
        () => took(list),
        () => took(empty),
        10,
      );
      const figures: Figure[] = [
        figure({
          what: "submit",
          unit: "ms",
          ours: submits.ours,
          peer: { what: "a bare start of the client", values: submits.peer },
          goal: atMostMore(5, "ms"),
        }),
        figure({
          what: `ls of ${listed} jobs`,
          unit: "ms",
          ours: lists.ours,
          peer: { what: "node -e 0", values: lists.peer },
          goal: atMost(5, "ms"),
        }),
      ];
      if (taskSpooler !== undefined) {
        say("task-spooler");
        figures.push(await againstTaskSpooler(submit, taskSpooler, took));
      }
      await Promise.all([bare, submit, list, empty].map((timer) => timer.end()));

      say(`${loopCommands} submits in a shell loop`);
      const loop = `i=0; while [ $i -lt ${loopCommands} ]; do "$0" submit --hold -- /bin/true || exit 1; i=$((i + 1)); done`;
      const seconds: number[] = [];
      for (let round = 0; round < loopRounds; round += 1) {
        const beganMs = performance.now();
        execFileSync("sh", ["-c", loop, launcher], { env, stdio: ["ignore", "ignore", "inherit"] });
        seconds.push((performance.now() - beganMs) / 1000);
      }
      figures.push(
        figure({
          what: `${loopCommands} submits in a shell loop`,
          unit: "s",
          ours: seconds,
          goal: atMost(6, "s"),
        }),
        figure({
          what: "the server before a client came",
          unit: "MiB",
          ours: [before.residentMiB],
        }),
        figure({
          what: "the command host, resident",
          unit: "MiB",
          ours: [memoryOf(host).residentMiB],
        }),
        figure({
          what: "the command host, proportional",
          unit: "MiB",
          ours: [memoryOf(host).proportionalMiB],
        }),
      );
      return figures;
    }),
};

async function againstTaskSpooler(
  submit: SpawnTimer,
  program: string,
  took: (timer: SpawnTimer) => Promise<number>,
): Promise<Figure> {
  const env = { ...process.env, TS_SOCKET: join(freshDir("tsp"), "socket"), TS_MAXFINISHED: "10" };
  const peer = new SpawnTimer([program, "/bin/true"], { env });
  try {
    const { ours, peer: theirs } = await inPairs(
      rounds,
      () => took(submit),
      () => took(peer),
      10,
    );
    return figure({
      what: "submit, beside task-spooler",
      unit: "ms",
      ours,
      peer: { what: "tsp true", values: theirs },
      goal: atMostTimes(3),
    });
  } finally {
    await peer.end();
    execFileSync(program, ["-K"], { env });
  }
}

/** The first command of a client starts the host. */
async function hostOf({ pid, env }: Server): Promise<number> {
  for (;;) {
    execFileSync(launcher, ["version"], { env, stdio: "ignore" });
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
    const host = children.find((child) => nameOf(child) === "holdfast-comman");
    if (host !== undefined) return Number(host);
  }
}

/** Null: it has ended since. */
function nameOf(pid: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return null;
  }
}
