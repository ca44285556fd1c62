import type { AttemptRow } from "../../store/rows.ts";
import type { Context } from "../context.ts";
import { sightWithDeclaration } from "../recovery/other-namespace.ts";
import { recover } from "../recovery/recovery.ts";
import type { AttemptEnd } from "./end.ts";
import type { AttemptStatus } from "./status.ts";

type Parts = Pick<Context, "engines" | "store" | "log">;

// Of the follower's back-off: about a second after the first.
const mostUnansweredRounds = 6;

/** An attempt without a connection to its keeper: what its records show, and how its keeper is reached. */
export class AttemptRecords {
  /** The gate was opened: from then on no record can say that nothing was executed. */
  isLaunched = false;
  readonly #context: Parts;
  readonly #attempt: AttemptRow;
  readonly #status: AttemptStatus;
  readonly #end: AttemptEnd;

  constructor(context: Parts, attempt: AttemptRow, status: AttemptStatus, end: AttemptEnd) {
    this.#context = context;
    this.#attempt = attempt;
    this.#status = status;
    this.#end = end;
  }

  /** True when the records show how the attempt ended; false when its keeper lives and should be tried again. */
  async settle(): Promise<boolean> {
    const { engines, log } = this.#context;
    const attempt = this.#attempt;
    const evidence = await engines.observe(attempt);
    this.#status.waiting = evidence.waiting;
    const decision = recover({
      ...evidence,
      claimedBefore: evidence.claimedBefore || this.isLaunched,
      sight: sightWithDeclaration(attempt, evidence.sight),
    });
    log.info(
      { job: attempt.job, attempt: attempt.id, action: decision.action },
      "settling by records",
    );
    switch (decision.action) {
      case "adopt":
        await this.wakeKeeper();
        return false;
      case "void":
        // Whether this succeeds or not, the records show what to do when they are read again.
        await engines.of(attempt).void(attempt);
        return this.settle();
      case "wait":
        // What waits over there has no keeper that a stop could be passed to.
        if (evidence.waiting !== null && this.#isStopWanted)
          await engines.of(attempt).stop(attempt);
        return false;
      case "conclude":
        await this.#end.record(decision.exit);
        return true;
      case "requeue":
        await this.#end.withoutExecution();
        return true;
      case "lost":
        await this.#end.lose(decision.reason, null);
        return true;
      case "sweep":
        await this.#end.sweep(decision.reason);
        return true;
    }
  }

  /**
   * Wakes a keeper that lives and does not answer: it was stopped by a signal, or its socket was moved
   * or removed. If it still does not answer when a stop is wanted, it is asked to stop.
   */
  async wakeKeeper(): Promise<void> {
    const { engines } = this.#context;
    this.#status.unanswered += 1;
    const gaveUp = this.#isStopWanted && this.#status.unanswered > mostUnansweredRounds;
    if (gaveUp) return await engines.of(this.#attempt).stop(this.#attempt);
    await engines.machineOf(this.#attempt)?.keepers.wake(this.#attempt);
  }

  get #isStopWanted(): boolean {
    return (this.#context.store.jobs.get(this.#attempt.job)?.stopReason ?? null) !== null;
  }
}
