import type { Link } from "../../engines/engine.ts";
import { notHeard, type StopRequest } from "../../job/stop-request.ts";
import type { AttemptRow } from "../../store/rows.ts";
import type { Context } from "../context.ts";
import type { AttemptStatus } from "./status.ts";
import { stopsToPass } from "./stops-to-pass.ts";

type Parts = Pick<Context, "store" | "engines" | "clock" | "log" | "awaitedSampling">;

// A keeper answers within 1 ms, on a busy machine within some dozens.
const soonMs = 500;
const answerMs = 1000;

/** Requests to stop an attempt, on their way to its keeper. */
export class StopRelay {
  /** Requests that were passed to the keeper and are not on the disk yet, in order. */
  readonly unrecorded: StopRequest[] = [];
  /** Why its keeper did not do what requests wanted, by their numbers. */
  readonly refusals = new Map<number, string>();
  readonly #context: Parts;
  readonly #attempt: AttemptRow;
  readonly #status: AttemptStatus;
  readonly #isClosed: () => boolean;
  #last = 0;
  #answered: Promise<void> = Promise.resolve();

  constructor(context: Parts, attempt: AttemptRow, status: AttemptStatus, isClosed: () => boolean) {
    this.#context = context;
    this.#attempt = attempt;
    this.#status = status;
    this.#isClosed = isClosed;
  }

  /** The highest number of a request that this server passed on, or that the keeper has heard. */
  get last(): number {
    return Math.max(this.#last, this.#status.keeper?.stops_heard ?? 0);
  }

  /** Whether there is a connection to pass it on. Without one, the keeper is woken and gets the request when it answers. */
  pass(request: StopRequest, link: Link | null): boolean {
    this.#last = Math.max(this.#last, request.number);
    this.#context.awaitedSampling.begin();
    const { reason, graceMs, number, prolong } = request;
    if (link === null) {
      // What waits over there has no keeper.
      this.#reach(this.#status.waiting === null ? "wake" : "stop");
      return false;
    }
    const answer = link.stop(reason, graceMs, { number, prolong });
    this.#answered = answer.then((refusal) => this.#hearRefusal(number, refusal));
    this.#expectAnswer();
    return true;
  }

  /** Requests may have been recorded by a server that did not live to pass them on. */
  passAll(link: Link): void {
    const recorded = stopsToPass(this.#context.store, this.#attempt, this.unrecorded);
    const heard = this.#status.keeper?.stops_heard ?? null;
    for (const request of notHeard(recorded, heard)) this.pass(request, link);
  }

  /** Resolves when the keeper has answered the last request, or soon where it does not. */
  async answered(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#context.clock.after(soonMs, resolve);
    await Promise.race([this.#answered, promise]);
    timer.cancel();
  }

  #hearRefusal(number: number, refusal: string | null): void {
    this.#status.notProlonged = refusal;
    if (refusal === null) return;
    this.refusals.set(number, refusal);
    this.#status.sample().catch(this.#logged("publishing why a stop was not prolonged"));
  }

  /** A keeper answers a stop within 1 ms, with its phase. A keeper stopped by a signal never answers. */
  #expectAnswer(): void {
    const { heardAtMs } = this.#status;
    this.#context.clock.after(answerMs, () => {
      if (!this.#isClosed() && this.#status.heardAtMs === heardAtMs) this.#reach("wake");
    });
  }

  /** Without its socket. */
  #reach(to: "wake" | "stop"): void {
    const { engines } = this.#context;
    const engine = engines.of(this.#attempt);
    const reached =
      to === "stop" ? engine.stop(this.#attempt) : engine.machine?.keepers.wake(this.#attempt);
    reached?.catch(this.#logged("waking a keeper"));
  }

  #logged(doing: string): (error: unknown) => void {
    return (error) => this.#context.log.error({ err: error, job: this.#attempt.job }, doing);
  }
}
