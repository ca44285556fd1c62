import { execFileSync } from "node:child_process";
import { resolve } from "node:path";

/** End-to-end tests run what a user runs: the bundled program and the compiled keeper. */
export function setup(): void {
  execFileSync(resolve(import.meta.dirname, "../scripts/set-up"), {
    stdio: ["ignore", "ignore", "inherit"],
  });
  // A part built from other sources would refuse messages of the servers.
  execFileSync("make", ["-s", "-C", resolve(import.meta.dirname, "../native/keeper"), "faulty"], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  execFileSync("make", ["-s", "-C", resolve(import.meta.dirname, "fixtures")], {
    stdio: ["ignore", "ignore", "inherit"],
  });
}
