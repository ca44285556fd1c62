// Runs every check, also after one has failed, and ends with the totals of the tests on one line.
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { judgeVitest, lastTotals, noTotals, sum, type Judgement, type Totals } from "./totals.ts";

const isCi = process.env["CI"] === "true";
const vitestReport = "build/test-results.json";

interface Check {
  name: string;
  command: [string, ...string[]];
  /** Shows the output as it comes; otherwise it is shown only if the check fails. */
  live?: boolean;
  /** What was tested, and objections beyond the exit code. */
  count?: (output: string) => Judgement;
}

const checks: Check[] = [
  { name: "format", command: ["oxfmt", "--check"] },
  { name: "lint", command: ["oxlint", "--type-aware", "--deny-warnings"] },
  { name: "types", command: ["tsc"] },
  { name: "unused code", command: ["knip"] },
  { name: "language", command: ["node", "scripts/language.ts"] },
  {
    name: "tests of the keeper",
    command: ["make", "--silent", "-C", "native/keeper", "check"],
    count: (output) => lastTotals(output, isCi),
  },
  {
    name: "unit and end-to-end tests",
    command: [
      "vitest",
      "run",
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${vitestReport}`,
      // CI counts as a place for colours to vitest, even into a file.
      ...(process.stdout.isTTY ? [] : ["--no-color"]),
    ],
    live: true,
    count: () => judgeVitest(readFileSync(vitestReport, "utf8"), isCi),
  },
];

function run(check: Check): { totals: Totals; failed: boolean } {
  const beganMs = performance.now();
  const [program, ...args] = check.command;
  const { status, output, error } = spawnSync(program, args, {
    stdio: check.live ? ["ignore", "inherit", "inherit"] : ["ignore", "pipe", "pipe"],
    encoding: "utf8",
    maxBuffer: Infinity,
  });
  const text = output?.filter(Boolean).join("") ?? "";
  const objections: string[] = [];
  if (error) objections.push(error.message);
  let totals = noTotals;
  try {
    const counted = check.count?.(text);
    totals = counted?.totals ?? noTotals;
    objections.push(...(counted?.objections ?? []));
  } catch (reason) {
    objections.push(`no readable result: ${String(reason)}`);
  }
  const failed = status !== 0 || totals.failed > 0 || objections.length > 0;
  if (failed) process.stdout.write(text);
  const seconds = ((performance.now() - beganMs) / 1000).toFixed(1);
  const tests = check.count ? `, ${totals.passed} passed, ${totals.failed} failed` : "";
  console.log(`${failed ? "FAILED" : "ok"}  ${check.name}: ${seconds} s${tests}`);
  for (const objection of objections) console.log(`        ${objection}`);
  return { totals, failed };
}

rmSync(vitestReport, { force: true });
const results = checks.map(run);
const total = sum(results.map(({ totals }) => totals));
const failedChecks = checks.filter((_, index) => results[index]?.failed);
if (failedChecks.length > 0) {
  console.log(`failed: ${failedChecks.map(({ name }) => name).join(", ")}`);
  process.exitCode = 1;
}
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
