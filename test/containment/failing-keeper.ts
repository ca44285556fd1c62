import { execFileSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { readStat } from "../../src/processes/proc-stat.ts";
import { childrenOf, until, type LiveProcess } from "./live-process.ts";
import { buildFolder } from "./private-server.ts";

/** The keeper with failpoints (native/keeper/failpoints.c): stops or is killed at a named step. */
export class FailingKeeper {
  readonly program: string;
  readonly #planFile: string;

  constructor(folder: string) {
    execFileSync("make", [
      "-s",
      "-C",
      resolve(import.meta.dirname, "../../native/keeper"),
      "faulty",
    ]);
    this.program = join(folder, "keeper");
    this.#planFile = join(folder, "keeper.plan");
    this.plan("");
    const faulty = join(buildFolder, "keeper/holdfast-keeper-faulty");
    writeFileSync(
      this.program,
      `#!/bin/sh\nHOLDFAST_KEEPER_FAILPOINT=$(cat ${this.#planFile}) exec '${faulty}' "$@"\n`,
    );
    chmodSync(this.program, 0o755);
  }

  /** For the spawners that are started from now on, such as `forked:stall`. */
  plan(plan: string): void {
    writeFileSync(this.#planFile, plan);
  }
}

/** The spawner of the server with `pid`. */
export async function spawnerOf(pid: number): Promise<LiveProcess> {
  let spawner: LiveProcess | undefined;
  await until(() => {
    // The server has threads; its children are its main thread's.
    spawner = childrenOf(pid).find((child) => readStat(child.pid)?.comm.startsWith("holdfast-k"));
    return spawner !== undefined;
  });
  return spawner as unknown as LiveProcess;
}

/** The keeper that stands still at its failpoint, or that its payload traces there. */
export async function stalledKeeper(spawner: LiveProcess): Promise<LiveProcess> {
  let stalled: LiveProcess | undefined;
  await until(() => {
    stalled = childrenOf(spawner.pid).find((child) =>
      /[Tt]/.test(readStat(child.pid)?.state ?? ""),
    );
    return stalled !== undefined;
  });
  return stalled as unknown as LiveProcess;
}
