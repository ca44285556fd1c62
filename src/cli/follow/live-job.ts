import type { Job } from "../../client/client.ts";
import type { Clock } from "../context.ts";
import { cut } from "../format/fit.ts";
import type { Screen } from "../terminal/screen.ts";
import { situation, statusLine } from "./status-line.ts";

/** Twice a second: a countdown in seconds never skips one. */
const redrawMs = 500;

/** Shows how a job is: as a status line on a terminal, elsewhere as a line at each change. */
export class LiveJob {
  #job: Job;
  #heardAtMs: number;
  #question: string | null = null;
  #said = "";
  #closed = false;
  readonly #screen: Screen;
  readonly #clock: Clock;

  constructor(screen: Screen, clock: Clock, job: Job) {
    this.#screen = screen;
    this.#clock = clock;
    this.#job = job;
    this.#heardAtMs = clock.monotonicMs();
    if (screen.live) this.#tick();
  }

  get job(): Job {
    return this.#job;
  }

  async heard(job: Job): Promise<void> {
    this.#job = job;
    this.#heardAtMs = this.#clock.monotonicMs();
    if (this.#screen.live) await this.#redraw();
    else await this.#sayChange();
  }

  /** Stands in the place of the status line until it is null again. */
  async ask(question: string | null): Promise<void> {
    this.#question = question;
    await this.#redraw();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#screen.status(null);
  }

  #tick(): void {
    this.#clock.after(redrawMs, () => {
      if (this.#closed) return;
      this.#tick();
      // The terminal has gone: whoever writes data meets the same and ends the command.
      this.#redraw().catch(() => undefined);
    });
  }

  async #redraw(): Promise<void> {
    if (this.#closed) return;
    const columns = this.#screen.wordWidth - 1;
    const age = this.#clock.monotonicMs() - this.#heardAtMs;
    const line =
      this.#question === null ? statusLine(this.#job, age, columns) : cut(this.#question, columns);
    await this.#screen.status(line);
  }

  /** The figures of a stop change all the time; a log file wants the phases only. */
  async #sayChange(): Promise<void> {
    const words = situation(this.#job, { heardMsAgo: 0, columns: null });
    const key = this.#job.stopping?.phase ?? words ?? "";
    if (words === null || key === this.#said) return;
    this.#said = key;
    await this.#screen.say(words);
  }
}
