import type { ProgramFacts } from "../containment/attempt-search.ts";
import type { ContainerRound } from "../containment/containers/settle-container.ts";
import type { RecalledAttempt } from "../containment/recalled.ts";
import type { LimitedSpec } from "../containment/limits.ts";
import type { Identified } from "../containment/signals.ts";
import type { EndedOrphans } from "../containment/spawner.ts";
import type { Survivor } from "../containment/survivors.ts";
import type { ProcessIdentity } from "../contract/keeper.ts";
import type { JobProcess } from "../contract/job-process.ts";
import type { Tier } from "../contract/attempt.ts";
import type { Obstacle } from "../contract/stopping.ts";
import type { LimitAbility } from "../contract/limits.ts";
import type { ContainerSpec } from "../job/container.ts";
import type { AppliedLimit } from "../job/limits.ts";
import type { HeldUp } from "../processes/held-up.ts";
import type { Sight } from "../processes/pid-namespace.ts";
import type { AttemptRow } from "../store/rows.ts";

/** What can be asked about attempts because they run on this machine, by concern. */
export interface Machine {
  readonly records: Records;
  readonly containment: Containment;
  readonly namespaces: Namespaces;
  readonly processes: Processes;
  readonly keepers: Keepers;
  readonly sweeping: Sweeping;
  readonly containers: Containers;
  readonly power: Power;
}

/** Attempts' folders, which are here whatever the engine. */
export interface Records {
  /** An attempt as its own record of the intent has it; null if there is none or it is not trusted. */
  recall(attempt: string): Promise<RecalledAttempt | null>;
}

/** Groups and limits. */
export interface Containment {
  /** What new attempts are contained with, and why not better. */
  readonly tier: Tier;
  readonly tierWhy: string;
  /** How each limit would be applied to a job that wants it. */
  readonly limits: LimitAbility[];
  /** The CPUs that attempts may use, as a list (`0-3,8`). */
  readonly cpus: string;
  /** Makes the groups, with their limits. Rejects when the group that proves the end cannot be made. */
  contain(attempt: AttemptRow, spec: LimitedSpec): Promise<Contained>;
  /** Removes what the kernel holds for an attempt of which nothing lives. A keeper does this itself. */
  releaseGroup(attempt: AttemptRow): Promise<void>;
  /** Every group that an attempt may have here: for one whose own record is lost. */
  groupsOf(attempt: string): Pick<AttemptRow, "cgroup" | "cgroupAlso">;
}

/** What an attempt was put into before its keeper starts. */
export interface Contained {
  limits: AppliedLimit[];
  /** The version 1 groups that were made. */
  cgroupAlso: string[];
}

export interface Namespaces {
  /** Whether an attempt's pids can be judged here. `elsewhere`: only its keeper's socket and sealed record say anything about it. */
  sightOf(attempt: AttemptRow): Promise<Sight>;
}

export interface Processes {
  /** The full identity of a living process; null: there is none; `unknown`: proc hides it from this server. */
  identify(pid: number): Promise<Identified>;
  /** What a foreign process is. */
  programOf(pid: number): Promise<ProgramFacts>;
  /** The attempt's live processes. */
  list(attempt: AttemptRow): Promise<JobProcess[]>;
  /** What lives of an attempt whose keeper does not, except the processes in `named`. Sends no signal. */
  search(
    attempt: AttemptRow,
    named: readonly Pick<ProcessIdentity, "pid" | "start">[],
  ): Promise<Survivor[]>;
  /** Why a process that was killed has not ended, as far as the kernel says. */
  whyStuck(pid: number): Promise<WhyStuck>;
}

export interface WhyStuck {
  /** Where it hangs in the kernel, innermost first; null if only root may read that. */
  stack: string[] | null;
  /** Null: only the kernel can end it. */
  obstacle: Obstacle | null;
}

export interface Keepers {
  /**
   * The attempt's keeper, if it lives: by the recorded claim or, before that is recorded, by the
   * spawner's answer or the claim in the folder, if the process is proven to be the keeper.
   */
  pidOf(attempt: AttemptRow): Promise<number | null>;
  /** Its keeper or, during its launch, the spawner, if that is stopped or traced; null: neither. */
  heldUp(attempt: AttemptRow): Promise<HeldUpPart | null>;
  /**
   * Asks a keeper that lives and does not answer to continue if another process stopped it, and to put its
   * socket back in place. Sent only to a process that is proven to be the keeper.
   */
  wake(attempt: AttemptRow): Promise<void>;
}

/** What an attempt depends on and that another process has stopped. */
export type HeldUpPart = HeldUp & { part: "keeper" | "spawner" };

export interface Sweeping {
  /** One round of SIGKILL to the survivors of a lost keeper. */
  sweep(attempt: AttemptRow): Promise<Sweep>;
  /**
   * What the spawner of a lost keeper reaped of what the keeper left; complete when a sweep is proven
   * by it. Null: that spawner belongs to another server, or is gone.
   */
  endedOrphansOf(attempt: AttemptRow): Promise<EndedOrphans | null>;
}

export type ProofBy = "group" | "spawner" | "engine";

export interface Sweep {
  /** The processes that were alive before this round's signals; `denied`: the kernel refused the signal. */
  left: (Survivor & { denied: boolean })[];
  /** Whether the kernel says that nothing lives; null if the kernel cannot be asked. */
  proven: boolean | null;
  /** How emptiness was proven: by the cgroup's count, or because the spawner reaped what the keeper left. */
  by: ProofBy[];
}

export interface Containers {
  /**
   * Removes the container of an attempt whose processes have ended, if its runtime still has it. `env`:
   * of the job. Never rejects for what the runtime answers.
   */
  settle(
    attempt: AttemptRow,
    container: ContainerSpec,
    env: Record<string, string>,
  ): Promise<ContainerRound>;
}

export type { ContainerRound };

export interface Power {
  /** Whether the machine, or this user's session on it, is being shut down at this moment. */
  isGoingDown(): Promise<boolean>;
}
