import { constants, existsSync } from "node:fs";
import { copyFile, lstat, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { HistoryLine } from "../contract/history.ts";
import { logNames } from "../contract/log-names.ts";

/**
 * Copies the logs of a job's attempts to where its own server would look for them. Before the job is
 * known: folders that no job knows are removed by the next server. Those that are there stay as they are.
 */
export async function importLogs(
  { job, earlier }: HistoryLine,
  from: string,
  attemptsDir: string,
): Promise<void> {
  const ids = [
    ...earlier.map(({ attempt }) => attempt.id),
    ...(job.attempt ? [job.attempt.id] : []),
  ];
  for (const id of ids)
    for (const name of logNames[job.spec.output]) {
      const source = join(from, id, name);
      // Not a link, which could lead anywhere.
      if (!existsSync(source) || !(await lstat(source)).isFile()) continue;
      await mkdir(join(attemptsDir, id), { recursive: true, mode: 0o700 });
      if (existsSync(join(attemptsDir, id, name))) continue;
      await copyFile(source, join(attemptsDir, id, name), constants.COPYFILE_EXCL);
    }
}
