import type { Job } from "../../client/client.ts";
import type { Clock } from "../context.ts";
import { withoutFirstSeen } from "../../contract/first-seen.ts";
import { cut } from "../format/fit.ts";
import type { Screen } from "../terminal/screen.ts";
import { awaitedLine, situation, statusLine } from "./status-line.ts";

/** Twice a second: a countdown in seconds never skips one. */
const redrawMs = 500;
/** How long writing the record may take before a line reports it. */
const longRecordingMs = 1000;

/** Shows the state of a job: as a status line on a terminal, elsewhere as a line at each change. */
export class LiveJob {
  #job: Job;
  #heardAtMs: number;
  #question: string | null = null;
  #reported = "";
  /** The message that was printed last, without its age; null: it no longer applies. */
  #awaited: string | null = null;
  /** The phase in which only the record of the end is written, since it began. */
  #recording: { isLong: boolean } | null = null;
  #closed = false;
  readonly #screen: Screen;
  readonly #clock: Clock;

  /** `printed`: a message of the job that was printed before. */
  constructor(screen: Screen, clock: Clock, job: Job, printed: string | null = null) {
    this.#screen = screen;
    this.#clock = clock;
    this.#job = job;
    this.#heardAtMs = clock.monotonicMs();
    this.#awaited = printed === null ? null : withoutFirstSeen(printed);
    if (screen.live) this.#tick();
  }

  get job(): Job {
    return this.#job;
  }

  async heard(job: Job): Promise<void> {
    this.#job = job;
    this.#heardAtMs = this.#clock.monotonicMs();
    await this.#reportAwaited();
    if (this.#screen.live) await this.#redraw();
    else await this.#reportChange();
  }

  /** Replaces the status line until it is null again. */
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
      // The terminal is gone: the next write of data fails in the same way and ends the command.
      this.#redraw().catch(() => undefined);
    });
  }

  async #redraw(): Promise<void> {
    if (this.#closed) return;
    const columns = this.#screen.messageWidth - 1;
    const age = this.#clock.monotonicMs() - this.#heardAtMs;
    const line =
      this.#question === null ? statusLine(this.#job, age, columns) : cut(this.#question, columns);
    await this.#screen.status(line);
  }

  /** A separate line, on a terminal too: the status line would cut off the command to type. */
  async #reportAwaited(): Promise<void> {
    const line = awaitedLine(this.#job);
    const { message } = this.#job;
    const awaited = line === null || message === null ? null : withoutFirstSeen(message);
    const isNew = awaited !== this.#awaited;
    this.#awaited = awaited;
    if (line !== null && isNew) await this.#screen.say(line);
  }

  /** The numbers of a stop change constantly; a log file needs only the phases. */
  async #reportChange(): Promise<void> {
    const message = situation(this.#job, { heardMsAgo: 0, columns: null });
    const phase = this.#job.stopping?.phase;
    if (phase !== "recording") this.#recording = null;
    // Normally too short to be read: reported only if the disk is slow or full.
    if (phase === "recording" && !this.#recordingIsLong()) return;
    const key = phase ?? message ?? "";
    if (message === null || key === this.#reported) return;
    this.#reported = key;
    await this.#screen.say(message);
  }

  #recordingIsLong(): boolean {
    if (this.#recording !== null) return this.#recording.isLong;
    const recording = { isLong: false };
    this.#recording = recording;
    this.#clock.after(longRecordingMs, () => {
      recording.isLong = true;
      if (this.#closed || this.#recording !== recording) return;
      // A closed output is detected when data is written.
      this.#reportChange().catch(() => undefined);
    });
    return false;
  }
}
