import { randomInt } from "node:crypto";
import { basename, dirname, join } from "node:path";

// Not from 1: a killed process with the same pid, as in a container, may have left its files.
let last = randomInt(2 ** 32);

/** A path in the same folder that nothing else uses. `uninstall` knows its form. */
export function temporaryName(path: string): string {
  last += 1;
  return join(dirname(path), `.${basename(path)}.${process.pid}.${last}`);
}
