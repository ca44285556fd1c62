import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, lstatSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { freshDir, node, root } from "../harness/places.ts";

export interface HistoryFolder {
  stateDir: string;
  jobs: number;
}

const mostFolders = 100_000;
const sampled = 500;
const outputs = new Set(["output.log", "stdout.log", "stderr.log"]);

/** Has state folders that were made before, by their number of ended jobs. They are used as they are, and changed. */
const made = process.env["HOLDFAST_BENCH_HISTORIES"];

/** A state folder with that many ended jobs. */
export async function historyOf(jobs: number, waiting = 0): Promise<HistoryFolder> {
  const earlier = made === undefined ? null : join(made, String(jobs));
  if (earlier !== null && waiting === 0 && existsSync(earlier)) return { stateDir: earlier, jobs };
  const stateDir = join(freshDir("history"), "state");
  const args = [stateDir, String(jobs), "--waiting", String(waiting)];
  const child = spawn(
    node,
    [join(root, "bench/history/main.ts"), ...args, "--folders", String(mostFolders)],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`making the history ended with ${code}`);
  return { stateDir, jobs };
}

/** KiB in the database for each job of the history. */
export function databaseKiB({ stateDir, jobs }: HistoryFolder): number {
  return statSync(join(stateDir, "holdfast.db")).size / 1024 / jobs;
}

/** KiB on the disk for the records in an attempt's folder, without its output: of the first folders. */
export function recordsKiB({ stateDir }: HistoryFolder): number[] {
  const attempts = join(stateDir, "attempts");
  return readdirSync(attempts)
    .slice(0, sampled)
    .map((name) => {
      const folder = join(attempts, name);
      const files = readdirSync(folder).filter((file) => !outputs.has(file));
      const blocks = [folder, ...files.map((file) => join(folder, file))].map(
        (path) => lstatSync(path).blocks,
      );
      return blocks.reduce((sum, count) => sum + count, 0) / 2;
    });
}
