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

/** Takes the last "N passed, N failed[, N skipped]" of a runner's output. */
export function lastTotals(output: string): Judgement {
  const lines = [...output.matchAll(/^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm)];
  const last = lines.at(-1);
  if (last === undefined) return { totals: noTotals, objections: ["it printed no totals"] };
  const [passed, failed, skipped] = [1, 2, 3].map((group) => Number(last[group] ?? 0));
  return judge({ passed: passed ?? 0, failed: failed ?? 0, skipped: skipped ?? 0 }, []);
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
    everySkipNeedsAReason
      ? unexplained.map(
          ({ fullName }) => `skipped without a reason in test/skips.json: ${fullName}`,
        )
      : [],
  );
}

function judge(totals: Totals, objections: string[]): Judgement {
  if (totals.passed + totals.failed > 0) return { totals, objections };
  return { totals, objections: [...objections, "it ran no test"] };
}

/** Full test name to the reason why it may be skipped in CI. */
function readReasons(): Record<string, string> {
  return JSON.parse(readFileSync("test/skips.json", "utf8")) as Record<string, string>;
}
