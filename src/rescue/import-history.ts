import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { Config } from "../config/config.ts";
import { takeFolder, takeStateFolder } from "../config/own-folder.ts";
import { historyLine } from "../contract/history.ts";
import { RefusalError } from "../contract/problems.ts";
import { makeWhole } from "../store/make-whole.ts";
import type { Clock } from "../system/clock.ts";
import { importLogs } from "./import-logs.ts";
import { openStore } from "./own-store.ts";
import { withoutServer } from "./without-server.ts";

/**
 * Takes the jobs of an export into the history, and their output where `logs` names its folder. As
 * durable as what a server acknowledges: in the journal as well. Throws RefusalError `unreadable_file`; lines before the bad one stay.
 */
export function importHistory(
  config: Config,
  path: string,
  logs: string | null,
  clock: Clock,
): Promise<{ added: number; known: number }> {
  const { paths } = config;
  // Where no server has run yet there is no folder.
  takeStateFolder(paths.stateDir);
  takeFolder(paths.attemptsDir, "HOLDFAST_STATE_DIR");
  return withoutServer(paths, async () => {
    await makeWhole(paths, clock.nowMs());
    const store = openStore(config, clock);
    try {
      const into = store.imports;
      const counts = { added: 0, known: 0 };
      let number = 0;
      for await (const line of linesOf(path)) {
        number += 1;
        if (line.trim() === "") continue;
        const parsed = parse(path, number, line);
        const known = into.knows(parsed.job);
        if (!known && logs !== null) await importLogs(parsed, logs, paths.attemptsDir);
        if (!known) into.add(parsed);
        counts[known ? "known" : "added"] += 1;
      }
      return counts;
    } finally {
      store.close();
    }
  });
}

async function* linesOf(path: string): AsyncGenerator<string> {
  try {
    yield* createInterface({ input: createReadStream(path, "utf8"), crlfDelay: Infinity });
  } catch (error) {
    throw unreadable(path, (error as Error).message);
  }
}

function parse(path: string, number: number, line: string) {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw unreadable(path, `line ${number} is not JSON`);
  }
  const parsed = historyLine.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw unreadable(path, `line ${number}: ${issue?.path.join(".")} ${issue?.message}`);
}

function unreadable(path: string, what: string): RefusalError {
  return new RefusalError({ code: "unreadable_file", details: { path, what } });
}
