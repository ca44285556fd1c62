import { existsSync } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "../config/config.ts";
import { problemDocument } from "../contract/problem-document.ts";
import { problems, RefusalError } from "../contract/problems.ts";
import type { RescueAnswer } from "../contract/rescue.ts";
import { foregroundClock } from "../system/clock.ts";
import { adoptable } from "./adoptable.ts";
import { emergencyStop } from "./emergency-stop.ts";
import { importHistory } from "./import-history.ts";
import { repair } from "./repair.ts";

/**
 * What has to work when no server does. A program of its own that `holdfast` starts, so that the
 * command line stays small:
 *
 *     rescue emergency-stop GRACE_MS stop|dry-run all|ID…
 *     rescue adoptable
 *     rescue repair
 *     rescue import PATH
 *
 * Writes one line of JSON: an answer, or on standard error a problem.
 */
const stopPatienceMs = 20_000;

async function answer([verb, ...words]: string[]): Promise<RescueAnswer> {
  const config = loadConfig(process.env);
  const place = {
    attemptsDir: config.paths.attemptsDir,
    keeperProgram: keeperProgram(),
    clock: foregroundClock,
  };
  switch (verb) {
    case "emergency-stop": {
      const [graceMs, mode, ...jobs] = words;
      const attempts = await emergencyStop({
        ...place,
        jobs: jobs[0] === "all" ? null : jobs.map(Number),
        dryRun: mode !== "stop",
        graceMs: Number(graceMs),
        patienceMs: stopPatienceMs,
      });
      return { verb, attempts };
    }
    case "adoptable":
      return { verb, attempts: await adoptable(place) };
    case "import":
      return { verb, imported: await importHistory(config, words[0] ?? "") };
    case "repair":
      return { verb, repaired: await repair(config, foregroundClock) };
    default:
      throw new Error(`no such verb: ${verb}`);
  }
}

function keeperProgram(): string {
  const path =
    process.env["HOLDFAST_KEEPER"] ?? join(import.meta.dirname, "keeper/holdfast-keeper");
  if (!existsSync(path)) throw new RefusalError({ code: "keeper_missing", details: { path } });
  return path;
}

process.umask(0o077);
try {
  process.stdout.write(`${JSON.stringify(await answer(process.argv.slice(2)))}\n`);
} catch (error) {
  if (!(error instanceof RefusalError)) throw error;
  process.stderr.write(`${JSON.stringify(problemDocument(error.refusal))}\n`);
  process.exitCode = problems[error.refusal.code].exit;
}
