import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { MadeAttempt } from "./attempt.ts";

const line = "step 100: loss 0.312, 1404 samples/s\n";

/** The folder of an ended attempt, with what its keeper left in it. Not flushed. */
export function writeAttemptFolder(attemptsDir: string, made: MadeAttempt): void {
  const { row, intent, claim, exit } = made;
  const folder = join(attemptsDir, row.id);
  mkdirSync(folder, { mode: 0o700 });
  const write = (name: string, text: string) =>
    writeFileSync(join(folder, name), text, { mode: 0o600 });
  write("intent.json", JSON.stringify(intent));
  write("keeper.json", JSON.stringify(claim));
  if (exit !== null) write("exit.json", JSON.stringify(exit));
  const bytes = exit?.output.stdout_bytes ?? 0;
  write("output.log", line.repeat(Math.ceil(bytes / line.length)).slice(0, bytes));
}
