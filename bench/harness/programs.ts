import { execFileSync } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { root, workDir } from "./places.ts";

const sources = join(root, "bench/native");

/** Compiles bench/native/NAME.c where it has changed, and returns the program's path. */
export function program(name: string): string {
  const source = join(sources, `${name}.c`);
  const built = join(workDir, "programs", name);
  const builtMs = statSync(built, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (builtMs <= statSync(source).mtimeMs) {
    mkdirSync(join(workDir, "programs"), { recursive: true });
    // Static: the time and memory of a dynamic loader are not what is measured.
    const flags = ["-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-O2", "-static"];
    execFileSync(process.env["CC"] ?? "cc", [...flags, source, "-o", built], { stdio: "inherit" });
  }
  return built;
}
