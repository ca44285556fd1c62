import { gpuProbeFrom } from "../compose/gpu-probe.ts";
import { keeperPath, keeperProgram, requireOwnProc } from "../compose/programs.ts";
import { loadConfig, type Config } from "../config/config.ts";
import { refuseForeignStateFolder } from "../config/own-folder.ts";
import { pathsFrom } from "../config/paths.ts";
import { doctorErrand } from "../contract/doctor.ts";
import type { WatchRequest } from "../contract/orphan-watch.ts";
import { problemDocument } from "../contract/problem-document.ts";
import { problems, RefusalError } from "../contract/problems.ts";
import type { RescueAnswer } from "../contract/rescue.ts";
import type { GpuProbe } from "../gpu/snapshot.ts";
import { enclosingAttempt } from "../processes/enclosing-job.ts";
import { refuseCopy } from "../recovery/copied-folder.ts";
import { Peek } from "../store/peek.ts";
import { storageRefusal } from "../store/storage-refusal.ts";
import { foregroundClock } from "../system/clock.ts";
import { adoptable } from "./adoptable.ts";
import { declareEnded } from "./declare-ended.ts";
import { runDoctor } from "./doctor.ts";
import { emergencyStop } from "./emergency-stop.ts";
import { importHistory } from "./import-history.ts";
import { repair } from "./repair.ts";
import { findTraces, removeTraces } from "./uninstall.ts";
import { watchAlone } from "./watch-orphans.ts";

/**
 * What has to work when no server does. A separate program that `holdfast` starts, so that the
 * command line stays small:
 *
 *     rescue emergency-stop GRACE_MS stop|dry-run all|own|ID…
 *     rescue adoptable
 *     rescue repair [this-copy]
 *     rescue namespace-ended NUMBER
 *     rescue import PATH [FOLDER]
 *     rescue check-config
 *     rescue uninstall list|purge LAUNCHER
 *     rescue doctor JSON
 *     rescue watch JSON
 *
 * Writes one line of JSON: an answer, or on standard error a problem. The doctor and the watch write a
 * line for each report, and end when their standard input does: so they never outlive the program that
 * started them, however that ended.
 */
const stopTimeoutMs = 20_000;

async function answer([verb, ...args]: string[]): Promise<RescueAnswer> {
  const config = ownConfig();
  const place = {
    attemptsDir: config.paths.attemptsDir,
    stateDir: config.paths.stateDir,
    keeperProgram: keeperProgram(),
    peek: new Peek(config.paths.database),
    clock: foregroundClock,
  };
  if (verb !== "repair") refuseCopy(config.paths);
  switch (verb) {
    case "emergency-stop": {
      const [graceMs, mode, ...jobs] = args;
      const attempts = await emergencyStop({
        ...place,
        jobs: jobs[0] === "all" || jobs[0] === "own" ? jobs[0] : jobs.map(Number),
        ownAttempt: enclosingAttempt(config.paths.attemptsDir, process.env),
        dryRun: mode !== "stop",
        graceMs: Number(graceMs),
        timeoutMs: stopTimeoutMs,
      });
      return { verb, attempts };
    }
    case "adoptable":
      return { verb, attempts: await adoptable(place) };
    case "import": {
      const [path = "", logs = null] = args;
      return { verb, imported: await importHistory(config, path, logs, foregroundClock) };
    }
    case "namespace-ended":
      return { verb, declared: await declareEnded(config, Number(args[0]), place) };
    case "repair":
      return { verb, repaired: await repair(config, foregroundClock, args[0] === "this-copy") };
    case "check-config":
      return { verb };
    case "uninstall": {
      const [mode, launcher = ""] = args;
      const asked = {
        paths: config.paths,
        peek: place.peek,
        living: () =>
          emergencyStop({
            ...place,
            jobs: "all",
            ownAttempt: enclosingAttempt(config.paths.attemptsDir, process.env),
            dryRun: true,
            graceMs: 0,
            timeoutMs: stopTimeoutMs,
          }),
        launcher,
        searchPath: process.env["PATH"] ?? "",
      };
      const uninstalled = await (mode === "purge" ? removeTraces(asked) : findTraces(asked));
      return { verb, uninstalled };
    }
    default:
      throw new Error(`no such verb: ${verb}`);
  }
}

/** Files that another user wrote into these folders could name any process and any group as part of a job. */
function ownConfig(): Config {
  const config = loadConfig(process.env);
  refuseForeignStateFolder(config.paths.stateDir);
  return config;
}

interface Reporting {
  config: Config;
  gpu: GpuProbe;
  publish: (news: object) => void;
  signal: AbortSignal;
}

async function untilInputEnds(run: (reporting: Reporting) => Promise<void>): Promise<void> {
  // Before its input is read, which keeps it alive: both may be refused.
  const config = ownConfig();
  const gpu = gpuProbeFrom(config, foregroundClock);
  const end = new AbortController();
  const stop = () => end.abort();
  process.stdin.on("end", stop).on("error", stop).resume();
  process.on("SIGTERM", stop).on("SIGHUP", stop);
  // A terminal sends it to the command line as well, which then closes the input.
  process.on("SIGINT", () => undefined);
  // The reader is gone.
  process.stdout.on("error", stop);
  try {
    const publish = (news: object) => void process.stdout.write(`${JSON.stringify(news)}\n`);
    await run({ config, gpu, publish, signal: end.signal });
  } finally {
    gpu.close();
    process.stdin.destroy();
  }
}

function examine(text: string): Promise<void> {
  const errand = doctorErrand.parse(JSON.parse(text));
  // It only reads: it also works if the keeper is missing.
  const parts = { keeperProgram: keeperPath(), clock: foregroundClock };
  return untilInputEnds((reporting) => runDoctor({ ...parts, ...reporting }, errand));
}

function watch(text: string): Promise<void> {
  const asked = JSON.parse(text) as WatchRequest;
  const parts = { keeperProgram: keeperProgram(), clock: foregroundClock };
  return untilInputEnds((reporting) => watchAlone({ ...parts, ...reporting }, asked));
}

async function main(): Promise<void> {
  process.umask(0o077);
  try {
    requireOwnProc();
    const [verb, ...args] = process.argv.slice(2);
    if (verb === "doctor") await examine(args[0] ?? "{}");
    else if (verb === "watch") await watch(args[0] ?? "{}");
    else process.stdout.write(`${JSON.stringify(await answer(process.argv.slice(2)))}\n`);
  } catch (error) {
    const refusal =
      error instanceof RefusalError
        ? error.refusal
        : storageRefusal(error, pathsFrom(process.env).stateDir);
    if (refusal === null) throw error;
    process.stderr.write(`${JSON.stringify(problemDocument(refusal))}\n`);
    process.exitCode = problems[refusal.code].exit;
  }
}

void main();
