import { setTimeout as pauseMs } from "node:timers/promises";
import { ask, longestWaitDuring } from "./harness/ask.ts";
import { atMost, figure, type Bench, type Figure } from "./harness/figure.ts";
import { memoryOf } from "./harness/process-cost.ts";
import { Server } from "./harness/server.ts";
import { databaseKiB, historyOf, recordsKiB, type HistoryFolder } from "./growth/history-folder.ts";
import { questions, readBy, readers, type Question } from "./growth/questions.ts";

const starts = 5;
const warmUps = 5;
const settleMs = 3000;
const keyedSubmits = 30;
const removed = 100;
const longestPassMs = 120_000;

/** How long the thread that serves cancels may do something else. */
const stall = atMost(10, "ms");

type Say = (text: string) => void;

function growthBench(sizes: readonly number[]): Bench {
  return {
    question:
      `A state folder with ${sizes.map(grouped).join(", ")} ended jobs, made by bench/history: the time ` +
      "of each answer over the socket, and how long at most a small request on another connection " +
      "waited in that time. The second is how long a cancel would wait.",
    measure: async (say) => {
      const figures: Figure[] = [];
      for (const size of sizes) figures.push(...(await figuresOf(size, say)));
      return figures;
    },
  };
}

export const bench = growthBench([10, 1000, 100_000]);
/** Half an hour and 20 GB of disk. */
export const million = { bench: growthBench([1_000_000]) };

async function figuresOf(size: number, say: Say): Promise<Figure[]> {
  say(`${grouped(size)} jobs are made`);
  const history = await historyOf(size);
  const settings = { HOLDFAST_STATE_DIR: history.stateDir };
  const named = (what: string) => `${grouped(size)} jobs: ${what}`;
  const figures: Figure[] = [
    figure({
      what: named("database, each job"),
      unit: "KiB",
      ours: [databaseKiB(history)],
      ...(size < 1000 ? {} : { goal: atMost(2, "KiB") }),
    }),
    figure({
      what: named("records in an attempt's folder"),
      unit: "KiB",
      ours: recordsKiB(history),
    }),
  ];
  const startMs: number[] = [];
  let server: Server | null = null;
  for (let index = 0; index < starts; index += 1) {
    await server?.end();
    const beganMs = performance.now();
    server = await Server.start(settings);
    startMs.push(performance.now() - beganMs);
  }
  if (server === null) throw new Error("no server");
  figures.push(figure({ what: named("start of the server"), unit: "ms", ours: startMs }));
  await pauseMs(settleMs);
  for (const question of questions) {
    say(named(question.what));
    figures.push(...(await answers(server, size, question, named(question.what))));
  }
  figures.push(...(await keyed(server, named)));
  const memory = memoryOf(server.pid);
  figures.push(
    figure({
      what: named("server, resident"),
      unit: "MiB",
      ours: [memory.residentMiB],
      goal: atMost(200, "MiB"),
    }),
    figure({
      what: named("server, proportional"),
      unit: "MiB",
      ours: [memory.proportionalMiB],
    }),
  );
  for (const args of readers) figures.push(...(await readAll(server, args, named)));
  await server.end();
  figures.push(...(await retention(history, named)));
  return figures;
}

async function answers(
  server: Server,
  size: number,
  question: Question,
  what: string,
): Promise<Figure[]> {
  const { times } = question;
  const tookMs: number[] = [];
  // The first times the server compiles what it runs.
  if (times > 1) for (let index = 0; index < warmUps; index += 1) await question.ask(server, size);
  const waitedMs = await longestWaitDuring(server.socket, async () => {
    for (let index = 0; index < times; index += 1) {
      const beganMs = performance.now();
      await question.ask(server, size);
      tookMs.push(performance.now() - beganMs);
    }
  });
  return [
    figure({ what, unit: "ms", ours: tookMs }),
    figure({ what: `${what}: others wait`, unit: "ms", ours: [waitedMs], goal: stall }),
  ];
}

async function readAll(
  server: Server,
  args: readonly string[],
  named: (what: string) => string,
): Promise<Figure[]> {
  const what = named(args.join(" "));
  const perThousandMs: number[] = [];
  const waitedMs = await longestWaitDuring(server.socket, async () => {
    perThousandMs.push(await readBy(server, args));
  });
  return [
    figure({ what: `${what}, each 1,000 jobs`, unit: "ms", ours: perThousandMs }),
    figure({ what: `${what}: others wait`, unit: "ms", ours: [waitedMs], goal: stall }),
  ];
}

/** Jobs that are held: nothing but the submission. */
async function keyed({ socket }: Server, named: (what: string) => string): Promise<Figure[]> {
  const tookMs: number[] = [];
  const body = { command: ["/bin/true"], cwd: "/", env: {}, held: true };
  for (let index = 0; index < keyedSubmits; index += 1) {
    const headers = { "idempotency-key": `growth-${index}` };
    tookMs.push(await ask(socket, { method: "POST", path: "/api/v1/jobs", headers, body }));
  }
  return [figure({ what: named("submit with a key"), unit: "ms", ours: tookMs })];
}

/** Two servers: what is kept by number, and what is kept by the size of the output. */
async function retention(
  { stateDir, jobs }: HistoryFolder,
  named: (what: string) => string,
): Promise<Figure[]> {
  const count = Math.min(removed, Math.floor(jobs / 4));
  const limits = {
    keep_count: { HOLDFAST_HISTORY_KEEP_COUNT: String(jobs - count) },
    // Large enough for all of it: only the sum is made.
    keep_bytes: { HOLDFAST_HISTORY_KEEP_BYTES: "1000TiB" },
  };
  const figures: Figure[] = [];
  for (const [what, limit] of Object.entries(limits)) {
    const server = await Server.start({ HOLDFAST_STATE_DIR: stateDir, ...limit });
    const beganMs = performance.now();
    for (let index = 0; index < warmUps; index += 1)
      await ask(server.socket, { path: "/api/v1/health" });
    const waitedMs = await longestWaitDuring(server.socket, () =>
      what === "keep_count" ? untilRemoved(server, count) : pauseMs(settleMs),
    );
    if (what === "keep_count")
      figures.push(
        figure({
          what: named(`${count} jobs removed by ${what}, from the start of the server`),
          unit: "ms",
          ours: [performance.now() - beganMs],
        }),
      );
    figures.push(
      figure({ what: named(`${what}: others wait`), unit: "ms", ours: [waitedMs], goal: stall }),
    );
    await server.end();
  }
  return figures;
}

/** Throws for a folder of an earlier run, which has not these jobs any more. */
async function untilRemoved({ socket }: Server, last: number): Promise<void> {
  await ask(socket, { path: `/api/v1/jobs/${last}` });
  const untilMs = performance.now() + longestPassMs;
  while (performance.now() < untilMs) {
    const isThere = await ask(socket, { path: `/api/v1/jobs/${last}` }).then(
      () => true,
      () => false,
    );
    if (!isThere) return;
    await pauseMs(20);
  }
  throw new Error("the oldest jobs were not removed");
}

function grouped(count: number): string {
  return count.toLocaleString("en-US");
}
