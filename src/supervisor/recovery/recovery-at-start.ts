import { refuse, type Result } from "../../contract/problems.ts";
import { recoverAll, type RecoverParts, type RecoveryProgress } from "./recover-all.ts";

/** How far a starting server has found its attempts again, and what a client hears until then. */
export class RecoveryAtStart {
  readonly progress: RecoveryProgress = { total: 0, done: 0 };
  isFinished = false;

  /** Returns contradictions. `searching`: it is not finished before that. */
  async run(context: RecoverParts, searching: Promise<void>): Promise<string[]> {
    const contradictions = await recoverAll(context, this.progress);
    await searching;
    this.isFinished = true;
    return contradictions;
  }

  /** Until the attempts' folders are compared with the store, a job may be known only to its folder. */
  settled<T>(answer: Result<T>): Result<T> {
    const isUnknown = !answer.ok && answer.refusal.code === "no_such_job";
    return isUnknown && !this.isFinished ? refuse("recovering") : answer;
  }
}
