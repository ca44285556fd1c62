import type { ContainerRound } from "../containment/containers/settle-container.ts";
import type { KeeperLink, KeeperListener } from "../containment/keeper-link.ts";
import type { RecalledAttempt } from "../containment/recalled.ts";
import type { LimitedSpec } from "../containment/limits.ts";
import type { EndedOrphans, LaunchAnswer } from "../containment/spawner.ts";
import type { Survivor } from "../containment/survivors.ts";
import type { ExitRecord, KeeperClaim, ProcessIdentity } from "../contract/keeper.ts";
import type { JobProcess } from "../contract/job-process.ts";
import type { Obstacle } from "../contract/stopping.ts";
import type { Tier } from "../contract/attempt.ts";
import type { LimitAbility } from "../contract/limits.ts";
import type { ContainerSpec } from "../job/container.ts";
import type { AppliedLimit } from "../job/limits.ts";
import type { JobSpec } from "../job/spec.ts";
import type { Sight } from "../processes/pid-namespace.ts";
import type { HeldUp } from "../processes/held-up.ts";
import type { AttemptRow, StoredSpec } from "../store/rows.ts";

/** What the records and the kernel say about an attempt that this server did not follow so far. */
export interface Evidence {
  folder: boolean;
  /** The store has seen a keeper's claim before, or a process that the keeper started lives: the attempt did execute, whatever the folder says now. */
  claimedBefore: boolean;
  claim: KeeperClaim | "void" | "unreadable" | null;
  /** A record that its keeper provably did not write counts as unreadable. */
  exit: ExitRecord | "unreadable" | null;
  /** Whether the pids of its records can be judged here. */
  sight: Sight;
  /** The claim's keeper lives, by identity. */
  keeperAlive: boolean;
}

export type { ContainerRound };

/** What an attempt depends on and that another process has stopped. */
export type HeldUpPart = HeldUp & { part: "keeper" | "spawner" };

export type ProofBy = "group" | "spawner";

export interface WhyStuck {
  /** Where it hangs in the kernel, innermost first; null if only root may read that. */
  stack: string[] | null;
  /** Null: only the kernel can end it. */
  obstacle: Obstacle | null;
}

export interface Sweep {
  /** The processes that were alive before this round's signals; `denied`: the kernel refused the signal. */
  left: (Survivor & { denied: boolean })[];
  /** Whether the kernel says that nothing lives; null if the kernel cannot be asked. */
  proven: boolean | null;
  /** How emptiness was proven: by the cgroup's count, or because the spawner reaped what the keeper left. */
  by: ProofBy[];
}

/** What an attempt was put into before its keeper starts. */
export interface Contained {
  limits: AppliedLimit[];
  /** The version 1 groups that were made. */
  cgroupAlso: string[];
}

/** The part of a keeper's link that a supervisor uses. */
export type Link = Pick<KeeperLink, "stop" | "pause" | "resume" | "lease" | "close">;

/**
 * Where attempts run. The order of calls is the order of durability:
 * prepare → flush, and the store says `starting` → contain → launch. What `prepare` made is
 * there before the store has it, and both are on the disk before anything runs.
 */
export interface Engine {
  /** What new attempts are contained with, and why not better. */
  readonly tier: Tier;
  readonly tierWhy: string;
  folderOf(attempt: string): string;
  /** Whether an attempt's pids can be judged here. `elsewhere`: only its keeper's socket and sealed record say anything about it. */
  sightOf(attempt: AttemptRow): Sight;
  /** The full identity of a living process; null: there is none. */
  identify(pid: number): Promise<ProcessIdentity | null>;
  /** How each limit would be applied to a job that wants it. */
  readonly limits: LimitAbility[];
  /** The CPUs that attempts may use, as a list (`0-3,8`). */
  readonly cpus: string;
  groupFor(attempt: string): string | null;
  /** Version 1 groups of an attempt with that specification; null: of any. */
  groupsAlsoFor(attempt: string, spec: LimitedSpec | null): string[];
  /** How each limit of a specification would be applied now. Makes nothing. */
  planLimits(spec: LimitedSpec): AppliedLimit[];
  /** Resolves when attempts can be started: only then is it known where their groups will be. Throws the system's error. */
  ready(): Promise<void>;
  prepare(attempt: AttemptRow, spec: StoredSpec): Promise<void>;
  /** Flushes what `prepare` made to the disk. */
  flush(attempt: AttemptRow): Promise<void>;
  /** Makes the groups, with their limits. Throws when the group that proves the end cannot be made. */
  contain(attempt: AttemptRow, spec: LimitedSpec): Promise<Contained>;
  /** `seal`: what the keeper puts into its exit record; kept nowhere else. */
  launch(attempt: AttemptRow, spec: JobSpec, seal: string): Promise<LaunchAnswer>;
  /** Null: no process is there, or none that is proven to be the keeper that the store knows. */
  attach(attempt: AttemptRow, listener: KeeperListener): Promise<Link | null>;
  /**
   * The attempt's keeper, if it lives: by the recorded claim or, before that is recorded, by the
   * spawner's answer or the claim in the folder, if the process is proven to be the keeper.
   */
  keeperPidOf(attempt: AttemptRow): number | null;
  /**
   * Asks a keeper that lives and does not answer to continue if another process stopped it, and to put its
   * socket back in place or to stop the attempt. Sent only to a process that is proven to be the keeper.
   */
  rouse(attempt: AttemptRow, to: "listen" | "stop"): Promise<void>;
  inspect(attempt: AttemptRow): Promise<Evidence>;
  /** The exit record of an attempt that has ended, if it bears its keeper's seal; null: there is none. */
  sealedExitOf(attempt: AttemptRow): ExitRecord | null;
  /** Whether the kernel counts a process in the attempt's group. Null: it has none, or it cannot be seen from here. */
  isPopulated(attempt: AttemptRow): boolean | null;
  /** An attempt as its own record of the intent has it; null if there is none or it is not trusted. */
  recall(attempt: string): Promise<RecalledAttempt | null>;
  /** The keeper's claim; null when there is none, it is void, or it is not trusted. */
  readClaim(attempt: AttemptRow): Promise<KeeperClaim | null>;
  /** Makes sure that the attempt never executes. False: a keeper claimed it first. */
  void(attempt: AttemptRow): Promise<boolean>;
  /** What lives of an attempt whose keeper does not, except the processes in `named`. Sends no signal. */
  search(attempt: AttemptRow, named: readonly Pick<ProcessIdentity, "pid" | "start">[]): Survivor[];
  /** Its keeper or, during its launch, the spawner, if that is stopped or traced; null: neither. */
  heldUp(attempt: AttemptRow): HeldUpPart | null;
  /** One round of SIGKILL to the survivors of a lost keeper. */
  sweep(attempt: AttemptRow): Promise<Sweep>;
  /**
   * What the spawner of a lost keeper reaped of what the keeper left; complete when a sweep is proven
   * by it. Null: that spawner belongs to another server, or is gone.
   */
  endedOrphansOf(attempt: AttemptRow): EndedOrphans | null;
  /**
   * Removes the container of an attempt whose processes have ended, if its runtime still has it. `env`:
   * of the job. Never throws for what the runtime answers.
   */
  settleContainer(
    attempt: AttemptRow,
    container: ContainerSpec,
    env: Record<string, string>,
  ): Promise<ContainerRound>;
  /** Whether the machine, or this user's session on it, is being shut down at this moment. */
  isGoingDown(): Promise<boolean>;
  /** Why a process that was killed has not ended, as far as the kernel says. */
  whyStuck(pid: number): Promise<WhyStuck>;
  /** The attempt's live processes. */
  processes(attempt: AttemptRow): JobProcess[];
  /** Removes what the kernel holds for an attempt of which nothing lives. A keeper does this itself. */
  releaseGroup(attempt: AttemptRow): void;
  /** Removes an ended attempt's folder and group. */
  discard(attempt: AttemptRow): Promise<void>;
  close(): void;
}
