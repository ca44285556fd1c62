import type { Receipt } from "../contract/receipt.ts";

/** What an attempt's output takes on the disk, as far as its receipt says. */
export function outputBytes({ output }: Pick<Receipt, "output">): number {
  return (output.stdoutBytes ?? 0) + (output.stderrBytes ?? 0) - (output.punchedBytes ?? 0);
}
