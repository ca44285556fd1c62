import { spawnSync } from "node:child_process";
import { appendFileSync, closeSync, fstatSync, openSync, readFileSync } from "node:fs";

/** The descriptor on which scripts/lock.sh holds its lock. */
const lockDescriptor = 9;

const logPath = process.env["HOLDFAST_SETUP_LOG"] ?? ".toolchain/set-up.log";

/** A failure that the user can act on: printed without a stack trace. */
export class SetUpFailure extends Error {}

/** Does one step of the set-up and prints its name and how long it took on one line of stderr. */
export async function step(name: string, work: () => void | Promise<void>): Promise<void> {
  process.stderr.write(`holdfast: ${name} ...`);
  const beganMs = performance.now();
  try {
    await work();
  } catch (error) {
    process.stderr.write(" failed\n");
    throw error;
  }
  process.stderr.write(` ${((performance.now() - beganMs) / 1000).toFixed(1)} s\n`);
}

/**
 * Runs a program with its output in the set-up's log.
 * @throws SetUpFailure with the end of that output when it does not exit with 0.
 */
export function runLogged(program: string, args: string[], env: NodeJS.ProcessEnv = {}): void {
  const log = openSync(logPath, "a");
  const before = fstatSync(log).size;
  appendFileSync(log, `$ ${program} ${args.join(" ")}\n`);
  const { status, signal, error } = spawnSync(program, args, {
    stdio: ["ignore", log, log, ...inheritedLock()],
    env: { ...process.env, ...env },
  });
  closeSync(log);
  if (status === 0) return;
  const why = error?.message ?? (signal === null ? `exit code ${status}` : signal);
  const lines = readFileSync(logPath).subarray(before).toString().trimEnd().split("\n");
  throw new SetUpFailure(
    [`${program} ${args[0]} failed (${why})`, ...lines.slice(-8), `All of it: ${logPath}`].join(
      "\n  ",
    ),
  );
}

/**
 * A program that outlives a killed set-up, such as npm, keeps the lock until it has ended, so that
 * the next set-up does not work in the same folder at the same time.
 */
function inheritedLock(): ("ignore" | number)[] {
  try {
    fstatSync(lockDescriptor);
  } catch {
    return []; // no flock(1) here: the lock is a folder
  }
  return [...Array.from({ length: lockDescriptor - 3 }, () => "ignore" as const), lockDescriptor];
}
