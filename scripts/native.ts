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

/** A program in C, `holdfast-NAME`. */
interface Native {
  name: string;
  sources: string;
  built: string;
}

const keeper: Native = { name: "keeper", sources: "native/keeper", built: "build/keeper" };
const client: Native = { name: "client", sources: "native/client", built: "build/client" };

/** Files that decide what the programs are, relative to the project's root. */
export function nativeInputs(): string[] {
  return [keeper, client].flatMap(inputsOf);
}

export async function buildNative(): Promise<void> {
  await buildProgram(keeper);
  await buildProgram(client);
}

function inputsOf({ sources }: Native): string[] {
  return readdirSync(sources, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".md"))
    .map((entry) => `${sources}/${entry.name}`)
    .toSorted();
}

async function buildProgram(native: Native): Promise<void> {
  const { name, sources, built } = native;
  const fingerprint = fingerprintOf(inputsOf(native));
  const binary = `${built}/holdfast-${name}`;
  const stamp = `${built}/fingerprint`;
  if (existsSync(binary) && existsSync(stamp) && readFileSync(stamp, "utf8") === fingerprint)
    return;
  requireCompiler(name);
  await step(name, () => {
    const temporary = `${built}.new`;
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(temporary, { recursive: true });
    mkdirSync(built, { recursive: true });
    // Relative: make takes a path with a space in it for two.
    runLogged("make", ["-C", sources, `OUT=${join(relative(sources, "."), temporary)}`]);
    // What runs keeps the old file open: the rename gives only new attempts the new keeper.
    renameSync(`${temporary}/holdfast-${name}`, binary);
    rmSync(temporary, { recursive: true });
    writeDurably(stamp, fingerprint);
  });
}

function fingerprintOf(paths: string[]): string {
  const hash = createHash("sha256");
  for (const path of paths) hash.update(`${path}\0`).update(readFileSync(path)).update("\0");
  return hash.digest("hex");
}

function requireCompiler(name: string): void {
  const missing = ["cc", "make"].filter((program) => !isOnPath(program));
  if (missing.length === 0) return;
  throw new SetUpFailure(
    `the ${name} is written in C, and this machine has no ${missing.join(" and no ")}\n` +
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
