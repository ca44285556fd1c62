import type { Receipt } from "../contract/receipt.ts";

/** What an attempt's output takes on the disk, as far as its receipt says. */
export function outputBytes({ output }: Pick<Receipt, "output">): number {
  const written = (output.stdoutBytes ?? 0) + (output.stderrBytes ?? 0);
  // A job that empties its output makes the files shorter than what was dropped of them.
  return Math.max(0, written - (output.punchedBytes ?? 0));
}
