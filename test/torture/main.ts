// npm run torture -- --minutes 10 --seed 1
//
// One seed after the other, from the given one on, each for `--round` seconds (60), until the time
// is over or something is wrong. The results are added to bench/results/torture.json.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { torture } from "./torture.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    round: { type: "string", default: "60" },
    clients: { type: "string", default: "3" },
    "no-disk": { type: "boolean", default: false },
  },
});

const resultsPath = join(import.meta.dirname, "../../bench/results/torture.json");

interface Total {
  seconds: number;
  seeds: number;
  submissions: number;
  violations: number;
  counts: Record<string, number>;
}

function record(seconds: number, result: Awaited<ReturnType<typeof torture>>): Total {
  const total: Total = existsSync(resultsPath)
    ? (JSON.parse(readFileSync(resultsPath, "utf8")) as Total)
    : { seconds: 0, seeds: 0, submissions: 0, violations: 0, counts: {} };
  total.seconds += seconds;
  total.seeds += 1;
  total.submissions += result.submissions;
  total.violations += result.violations.length;
  for (const [what, count] of Object.entries(result.counts))
    total.counts[what] = (total.counts[what] ?? 0) + count;
  mkdirSync(dirname(resultsPath), { recursive: true });
  writeFileSync(resultsPath, `${JSON.stringify(total, null, 2)}\n`);
  return total;
}

const endAtMs = Date.now() + Number(values.minutes) * 60_000;
let seed = Number(values.seed);
while (Date.now() < endAtMs) {
  const seconds = Math.min(Number(values.round), Math.ceil((endAtMs - Date.now()) / 1000));
  const result = await torture({
    seed,
    seconds,
    clients: Number(values.clients),
    withDisk: !values["no-disk"],
  });
  const total = record(seconds, result);
  const counts = Object.entries(result.counts).map(([what, count]) => `${what} ${count}`);
  console.log(
    `seed ${seed}, ${seconds} s, ${result.submissions} submissions: ${counts.join(", ")}`,
  );
  if (!result.disk) console.log("  the disk was never full: mounting needs root");
  if (result.violations.length > 0) {
    for (const violation of result.violations) console.log(`  VIOLATION ${violation}`);
    console.log(`  kept: ${result.folder}; again: npm run torture -- --seed ${seed} --minutes 1`);
    process.exitCode = 1;
    break;
  }
  console.log(
    `  no violation; so far ${Math.round(total.seconds / 60)} minutes, ${total.seeds} seeds`,
  );
  seed += 1;
}
