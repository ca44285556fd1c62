import type { Job } from "../../client/client.ts";
import { mostLines } from "../bulk/act-on-each.ts";
import type { Context } from "../context.ts";
import { titleOf } from "../format/command-line.ts";
import { counted } from "../../contract/counted.ts";
import { describeEnd } from "../format/describe-job.ts";
import { hasEnded, describeState } from "../format/states.ts";

/** Reports the result for each job to stop, and the totals. */
export class StopReport {
  readonly #context: Context;
  readonly #total: number;
  /** Number of jobs for each result. */
  readonly #counts = new Map<string, number>();

  constructor(context: Context, total: number) {
    this.#context = context;
    this.#total = total;
  }

  /** It had already ended, which is not an error. */
  async already(job: Job): Promise<number> {
    await this.#add(job, `had ${hasEnded(job) ? "already ended" : "changed"}`, alreadyMessage(job));
    return 0;
  }

  async ended(job: Job): Promise<void> {
    const message = describeEnd(job, titleOf(job.spec), this.#context.clock.nowMs());
    await this.#add(job, describeState(job.state), message);
  }

  /** The refusal is its line. */
  async unproven(job: Job): Promise<void> {
    await this.#add(job, "not proven ended yet", null);
  }

  async sum(): Promise<void> {
    const { screen, json } = this.#context;
    if (json || this.#total < 2 || this.#counts.size === 0) return;
    const parts = [...this.#counts].map(([what, count]) => `${count} ${what}`);
    await screen.say(`${counted(this.#total, "job")}: ${parts.join(", ")}`);
  }

  async #add(job: Job, what: string, line: string | null): Promise<void> {
    const { screen, json } = this.#context;
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
    if (json) await screen.document(job);
    else if (line !== null && this.#total <= mostLines) await screen.say(line);
  }
}

const ends: Record<Job["state"], string> = {
  queued: "is queued",
  held: "is held",
  starting: "is starting",
  running: "is running",
  paused: "is paused",
  stopping: "is stopping",
  succeeded: "has already succeeded",
  failed: "has already failed",
  cancelled: "was already cancelled",
  timed_out: "has already reached its time limit",
  lost: "has already ended with an unknown outcome",
};

/** `Job 3 has already failed.` */
export function alreadyMessage({ id, state }: Job): string {
  return `Job ${id} ${ends[state]}.`;
}
