import { createHash } from "node:crypto";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
} from "node:fs";
import { delimiter, join, relative } from "node:path";
import { writeDurably } from "./durable.ts";
import { runLogged, SetUpFailure, step } from "./step.ts";

const sources = "native/keeper";
const built = "build/keeper";
const temporary = "build/keeper.new";

/** Files that decide what the keeper is, relative to the project's root. */
export function keeperInputs(): string[] {
  return readdirSync(sources, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".md"))
    .map((entry) => `${sources}/${entry.name}`)
    .toSorted();
}

export async function buildKeeper(): Promise<void> {
  const fingerprint = fingerprintOf(keeperInputs());
  const binary = `${built}/holdfast-keeper`;
  const stamp = `${built}/fingerprint`;
  if (existsSync(binary) && existsSync(stamp) && readFileSync(stamp, "utf8") === fingerprint)
    return;
  requireCompiler();
  await step("keeper", () => {
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(temporary, { recursive: true });
    mkdirSync(built, { recursive: true });
    // Relative: make takes a path with a space in it for two.
    runLogged("make", ["-C", sources, `OUT=${join(relative(sources, "."), temporary)}`]);
    // Attempts that run keep the old file open; the rename gives only new ones the new keeper.
    renameSync(`${temporary}/holdfast-keeper`, binary);
    rmSync(temporary, { recursive: true });
    writeDurably(stamp, fingerprint);
  });
}

function fingerprintOf(paths: string[]): string {
  const hash = createHash("sha256");
  for (const path of paths) hash.update(`${path}\0`).update(readFileSync(path)).update("\0");
  return hash.digest("hex");
}

function requireCompiler(): void {
  const missing = ["cc", "make"].filter((program) => !isOnPath(program));
  if (missing.length === 0) return;
  throw new SetUpFailure(
    `the keeper is written in C, and this machine has no ${missing.join(" and no ")}\n` +
      "  On Debian and Ubuntu: apt-get install gcc libc6-dev make\n" +
      "  On Fedora: dnf install gcc make; on macOS: xcode-select --install",
  );
}

function isOnPath(program: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
