// npm run bench                 every question
// npm run bench cancel output   these
// npm run bench -- --page       only writes the kept results into docs/reference/performance.md
//
// npm run bench growth-million  a million jobs: only when it is asked for
// HOLDFAST_BENCH_HISTORIES=FOLDER npm run bench growth
//                               with the state folders FOLDER/JOBS that npm run bench:history made
//
// Each run leaves its figures in bench/results/NAME.json.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Bench } from "./harness/figure.ts";
import { busyness, describeMachine } from "./harness/machine.ts";
import { writePage } from "./harness/page.ts";
import { removeFreshDirs, resultsDir } from "./harness/places.ts";
import { circumstances, table, type Report } from "./harness/report.ts";
import { stopServers } from "./harness/server.ts";

const benches: Record<string, () => Promise<{ bench: Bench }>> = {
  "first-instruction": () => import("./first-instruction.ts"),
  "command-line": () => import("./command-line.ts"),
  client: () => import("./client.ts"),
  peers: () => import("./peers.ts"),
  throughput: () => import("./throughput.ts"),
  cancel: () => import("./cancel.ts"),
  kill: () => import("./kill.ts"),
  footprint: () => import("./footprint.ts"),
  output: () => import("./output.ts"),
  scan: () => import("./scan.ts"),
  watch: () => import("./watch.ts"),
  adopt: () => import("./adopt.ts"),
  growth: () => import("./growth.ts"),
  queue: () => import("./queue.ts"),
};

/** Half an hour each. */
const long: typeof benches = {
  "growth-million": async () => (await import("./growth.ts")).million,
};

async function measure(name: string): Promise<void> {
  const load = benches[name] ?? long[name];
  if (load === undefined) {
    console.error(
      `no measurement ${name}; there are: ${Object.keys({ ...benches, ...long }).join(", ")}`,
    );
    process.exitCode = 2;
    return;
  }
  const { bench } = await load();
  console.log(`\n## ${name}\n${bench.question}`);
  const machine = describeMachine();
  const before = await busyness();
  const beganMs = performance.now();
  const figures = await bench.measure((message) => console.log(`  ${message}`));
  const report: Report = {
    name,
    question: bench.question,
    machine,
    measuredAt: `${new Date().toISOString().slice(0, 16)}Z`,
    tookSeconds: Math.round((performance.now() - beganMs) / 1000),
    busyShareBefore: before.busyShare,
    load1Before: before.load1,
    figures,
  };
  mkdirSync(resultsDir, { recursive: true });
  writeFileSync(join(resultsDir, `${name}.json`), `${JSON.stringify(report, null, 2)}\n`);
  console.log([circumstances(report), "", ...table(report)].join("\n"));
}

async function measureAll(names: readonly string[]): Promise<void> {
  process.once("SIGINT", () => {
    void stopServers().finally(() => {
      removeFreshDirs();
      process.exit(130);
    });
  });
  try {
    for (const name of names) await measure(name);
  } finally {
    removeFreshDirs();
  }
}

const wanted = process.argv.slice(2);
if (wanted[0] === "--page") writePage();
else await measureAll(wanted.length > 0 ? wanted : Object.keys(benches));
