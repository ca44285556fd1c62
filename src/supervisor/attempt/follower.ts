import type { Waiting } from "../../contract/job.ts";
import type { Stopping } from "../../contract/stopping.ts";
import type { KeeperClaim, KeeperStatus } from "../../contract/keeper.ts";
import type { StopRequest } from "../../job/stop-request.ts";
import type { AttemptRow } from "../../store/rows.ts";

/** What the verbs need of an attempt's follower. `AttemptFollower` implements it. */
export interface Follower {
  readonly attempt: AttemptRow;
  /** Requests that its keeper has and that the disk has not taken yet, in order. */
  readonly unrecorded: StopRequest[];
  /** Why its keeper did not do what requests asked for, by their numbers. */
  readonly refusals: ReadonlyMap<number, string>;
  /** Progress of its stop; null while it is not being stopped. */
  readonly stopping: Stopping | null;
  /** Whether something is to come from the keeper or the spawner. */
  readonly isOutstanding: boolean;
  readonly isClosed: boolean;
  /** The highest number of a request that this server passed on, or that the keeper has heard. */
  readonly lastStop: number;
  /** Whether the keeper's own record can still report a stop. */
  readonly remembersStop: boolean;
  /** Whether its keeper has seen that nothing of it lives. */
  readonly isOver: boolean;
  /** Its keeper's status, as heard last; null: it has not been heard. */
  readonly keeper: KeeperStatus | null;
  /** What its engine has accepted and not started; null: nothing. */
  readonly waitingThere: Waiting | null;
  /** What is awaited, or what else of its state concerns a person; null: nothing. */
  message(maxAgeMs?: number): Promise<string | null>;
  /** Publishes what is awaited now to those that follow the job. */
  sampleAwaited(): Promise<void>;
  show(stopping: Stopping): void;
  /**
   * Resolves if it may take as long as it takes: survivors of a lost keeper have to be stopped, a
   * keeper lives and does not answer, or the machine refuses what is needed to find out.
   */
  readonly takesLonger: Promise<void>;
  /** Returns when the attempt is followed, or has been settled. Nothing that fails on the way ends it. */
  begin(): Promise<void>;
  /** False: there is no keeper to pass it to. */
  stop(request: StopRequest): boolean;
  /** Resolves when the keeper has answered the last request, or soon where it does not. */
  answered(): Promise<void>;
  pause(): void;
  resume(): void;
  /** The server goes; the attempt does not. */
  close(): void;
  recordClaim(claim: KeeperClaim): void;
}
