import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import {
  endFixture,
  FixtureCannotRun,
  startFixture,
  type StartedFixture,
} from "../fixtures/start-fixture.ts";
import { endHolders, listHeld, makeWitnessDir } from "../fixtures/witness.ts";
import { until } from "./live-process.ts";

const mostTries = 5;

/**
 * Three processes beside each test that no stop may touch: a process that inherited another
 * attempt's cookie (case 24), a process with the job's id and attempt in its command line, and a
 * process that has the pid of an ended process of the job. The witness shows whether they live.
 */
export class Bystanders {
  readonly #dir: string;
  readonly #started: StartedFixture[] = [];
  readonly #names: string[] = [];

  private constructor(dir: string) {
    this.#dir = dir;
  }

  /** Starts the first, which is older than the job: its cookie belongs to a much earlier attempt. */
  static async gather(): Promise<Bystanders> {
    const bystanders = new Bystanders(await makeWitnessDir());
    const env = { HOLDFAST_ATTEMPT: "0ddba11e-0000-4000-8000-000000000000" };
    await bystanders.#add("bystander", "bystander", [], env);
    return bystanders;
  }

  /** `past`: pids that processes of the job had. Uses a free pid among them. */
  async joinJob(job: { id: number; attempt: string; past: readonly number[] }): Promise<void> {
    await this.#add("bystander", "bystander", [
      `--job=${job.id}`,
      `HOLDFAST_ATTEMPT=${job.attempt}`,
    ]);
    // Only root may choose a new process's pid.
    if (process.getuid?.() === 0) await this.#takePid(job.past);
  }

  /** The pids may still belong to zombies, and another process of the machine may have one by now. */
  async #takePid(past: readonly number[]): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      let free: number | undefined;
      await until(() => {
        free = past.find((pid) => !existsSync(`/proc/${pid}`));
        return free !== undefined;
      });
      try {
        return await this.#add("reused-pid", "13-reused-pid", [String(free)]);
      } catch (error) {
        if (!(error instanceof FixtureCannotRun) || tries === mostTries) throw error;
      }
    }
  }

  /** The names of the bystanders that are missing. */
  async missing(): Promise<string[]> {
    const alive = (await listHeld(this.#dir)).map(({ name }) => name);
    return this.#names.filter((name) => {
      const at = alive.indexOf(name);
      if (at >= 0) alive.splice(at, 1);
      return at < 0;
    });
  }

  async end(): Promise<void> {
    await Promise.all(this.#started.map(endFixture));
    await endHolders(this.#dir);
    await rm(this.#dir, { recursive: true });
  }

  async #add(
    name: string,
    fixture: string,
    args: string[],
    env: NodeJS.ProcessEnv = {},
  ): Promise<void> {
    this.#started.push(await startFixture(fixture, args, { witnessDir: this.#dir, env }));
    this.#names.push(name);
  }
}
