import { rmSync, statSync, writeFileSync } from "node:fs";
import { writeDurably } from "./durable.ts";

/** Files other than the bundled sources that decide what build/ contains. */
const toolchainInputs = [
  "package.json",
  "package-lock.json",
  "toolchain/package-lock.json",
  "tsconfig.json",
  "scripts/bundle.ts",
  "scripts/native.ts",
  "scripts/set-up.ts",
  "scripts/stamp.ts",
];

/**
 * The present by the clock of the file system, which is what the sources' times are from: it may be
 * another machine's, and it ticks more coarsely than Date.now.
 */
export function fileSystemNowMs(): number {
  const probe = ".toolchain/clock";
  writeFileSync(probe, "");
  const { mtimeMs } = statSync(probe);
  rmSync(probe);
  return Math.floor(mtimeMs);
}

export interface Stamp {
  inputs: string[];
  /** Of the sources: a command host of other sources refuses the command. */
  id: string;
  /** First argument of each command that the command host runs. */
  hosted: readonly string[];
  /**
   * When the build began to read; a millisecond is taken off, so that a source changed within the same
   * tick of the clock counts as changed later.
   */
  beganMs: number;
}

/** Marks build/ as made from these inputs, for scripts/fresh.sh to source and native/client to read. */
export function writeStamp({ inputs, id, hosted, beganMs }: Stamp): void {
  const all = [...new Set([...toolchainInputs, ...inputs])].toSorted();
  const odd = all.find((path) => !/^[\w./@+-]+$/.test(path));
  if (odd !== undefined) throw new Error(`a source file needs a plain name: ${odd}`);
  const head = process.env["HOLDFAST_SETUP_HEAD"] ?? "none";
  if (!/^[\w./: +-]+$/.test(head)) throw new Error(`git has an odd branch name: ${head}`);
  const lines = { built_head: head, built_id: id, hosted: hosted.join(" "), inputs: all.join(" ") };
  const text = Object.entries(lines).map(([name, value]) => `${name}='${value}'\n`);
  writeDurably("build/stamp", text.join(""), beganMs - 1);
}
