import { LineProcess } from "./line-process.ts";
import { program } from "./programs.ts";

interface SpawnTimerOptions {
  /** Where the program's output goes, emptied each time; /dev/null when left out. */
  output?: string;
  env?: NodeJS.ProcessEnv;
}

/** Times of CLOCK_MONOTONIC, which process.hrtime also uses. */
export interface Timed {
  beganNs: bigint;
  tookMs: number;
}

/** Starts a program repeatedly from a process so small that a start costs next to nothing. */
export class SpawnTimer {
  readonly #process: LineProcess;

  constructor(command: readonly string[], { output, env }: SpawnTimerOptions = {}) {
    const options = output === undefined ? [] : ["-o", output];
    this.#process = new LineProcess(program("spawn-timer"), [...options, ...command], env);
  }

  /** Throws when the program failed. */
  async run(): Promise<Timed> {
    const [began = "0", ended = "0", status] = (await this.#process.ask()).split(" ");
    if (status !== "0") throw new Error(`the program failed, wait status ${status}`);
    const beganNs = BigInt(began);
    return { beganNs, tookMs: Number(BigInt(ended) - beganNs) / 1e6 };
  }

  end(): Promise<void> {
    return this.#process.end();
  }
}
