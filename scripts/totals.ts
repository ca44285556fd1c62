// Reads how many tests ran from what the test runners print.
import { readFileSync } from "node:fs";

export interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

export interface Judgement {
  totals: Totals;
  /** Reasons to call the run failed although every test that ran passed. */
  objections: string[];
}

export const noTotals: Totals = { passed: 0, failed: 0, skipped: 0 };

export function sum(all: Totals[]): Totals {
  return all.reduce(
    (total, one) => ({
      passed: total.passed + one.passed,
      failed: total.failed + one.failed,
      skipped: total.skipped + one.skipped,
    }),
    noTotals,
  );
}

/**
 * Reads a runner that ends with "N passed, N failed" and names each test it left out on a line
 * "skipped: why".
 */
export function lastTotals(
  output: string,
  everySkipNeedsAReason: boolean,
  reasons: Record<string, string> = readReasons(),
): Judgement {
  const last = [...output.matchAll(/^(\d+) passed, (\d+) failed/gm)].at(-1);
  if (last === undefined) return { totals: noTotals, objections: ["it printed no totals"] };
  const skipped = [...output.matchAll(/^skipped: (.+)$/gm)].map((line) => line[1] ?? "");
  const totals = { passed: Number(last[1]), failed: Number(last[2]), skipped: skipped.length };
  return judge(totals, everySkipNeedsAReason ? skipped.filter((name) => !reasons[name]) : []);
}

interface VitestReport {
  testResults: { assertionResults: { fullName: string; status: string }[] }[];
}

/**
 * @param report what vitest's json reporter wrote
 * @param everySkipNeedsAReason as in CI: a skipped test must be listed with its reason
 */
export function judgeVitest(
  report: string,
  everySkipNeedsAReason: boolean,
  reasons: Record<string, string> = readReasons(),
): Judgement {
  const { testResults } = JSON.parse(report) as VitestReport;
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const skipped = tests.filter(({ status }) => status !== "passed" && status !== "failed");
  const unexplained = skipped.filter(({ fullName }) => !reasons[fullName]);
  return judge(
    {
      passed: tests.filter(({ status }) => status === "passed").length,
      failed: tests.filter(({ status }) => status === "failed").length,
      skipped: skipped.length,
    },
    everySkipNeedsAReason ? unexplained.map(({ fullName }) => fullName) : [],
  );
}

function judge(totals: Totals, unexplained: string[]): Judgement {
  const objections = unexplained.map(
    (name) => `skipped without a reason in test/skips.json: ${name}`,
  );
  if (totals.passed + totals.failed === 0) objections.push("it ran no test");
  return { totals, objections };
}

/** Full test name to the reason why it may be skipped in CI. */
function readReasons(): Record<string, string> {
  return JSON.parse(readFileSync("test/skips.json", "utf8")) as Record<string, string>;
}
