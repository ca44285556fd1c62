import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import type { ReaderData } from "../messages.ts";

// A reading thread that ends at its first question. The next one does as well, or reads if `reads-again`
// is in the folder of the attempts.
const { attemptsDir } = workerData as ReaderData;
const hasEnded = join(attemptsDir, "has-ended");
if (existsSync(hasEnded) && existsSync(join(attemptsDir, "reads-again"))) {
  await import("../main.ts");
} else {
  parentPort?.postMessage({ kind: "open" });
  parentPort?.once("message", () => {
    writeFileSync(hasEnded, "");
    process.exit(1);
  });
}
