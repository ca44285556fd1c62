import { execFileSync } from "node:child_process";

/** End-to-end tests run what a user runs: the bundled program and the compiled keeper. */
export function setup(): void {
  execFileSync("npm", ["run", "--silent", "build"], { stdio: ["ignore", "ignore", "inherit"] });
}
