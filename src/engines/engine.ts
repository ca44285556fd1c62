import type { KeeperLink, KeeperListener } from "../containment/keeper-link.ts";
import type { LimitedSpec } from "../containment/limits.ts";
import type { LaunchAnswer as SpawnerAnswer } from "../containment/spawner.ts";
import type { ExitRecord, KeeperClaim } from "../contract/keeper.ts";
import type { JobSpec } from "../job/spec.ts";
import type { Sight } from "../processes/pid-namespace.ts";
import type { AttemptRow, StoredSpec } from "../store/rows.ts";
import type { Machine } from "./machine.ts";

/**
 * Where attempts run: this machine, or another program that runs them elsewhere. An engine elsewhere
 * is asked nothing else, so each member holds for a cluster as well
 * (docs/decisions/0045). What only this machine can be asked is `Machine`. Records and output are in
 * the attempt's folder in the state folder, whatever the engine.
 *
 * The order of calls is the order of durability: prepare → flush, and the store says `starting` →
 * launch. What `prepare` made is there before the store has it, and both are on the disk before
 * anything runs. Everything that asks or changes something is asynchronous.
 */
export interface Engine {
  /** As rows of attempts and requests name it. */
  readonly name: string;
  /** For people: where its attempts run. */
  readonly host: string;
  /** Null: its attempts run elsewhere, and their pids mean nothing here. */
  readonly machine: Machine | null;
  /** Resolves when attempts can be started. Rejects with the system's error. */
  ready(): Promise<void>;
  /** How an attempt would be contained and limited, as far as that is known before its launch. Makes nothing. */
  plan(attempt: string, spec: LimitedSpec): Promise<Plan>;
  /** Records the intent of an attempt, and makes its folder. */
  prepare(attempt: AttemptRow, spec: StoredSpec): Promise<void>;
  /** Flushes what `prepare` made to the disk. */
  flush(attempt: AttemptRow): Promise<void>;
  /**
   * Starts what the ticket names, at most once, however often it is called with that ticket. Rejects
   * only where nothing was started and nothing will be: otherwise the answer is `unknown`.
   */
  launch(ticket: LaunchTicket): Promise<LaunchAnswer>;
  /** Null: no process is there, or none that is proven to be the keeper that the store knows. */
  attach(attempt: AttemptRow, listener: KeeperListener): Promise<Link | null>;
  /** What records and engine say about attempts that no keeper answers for, by their ids: each has an entry. */
  observe(attempts: readonly AttemptRow[]): Promise<ReadonlyMap<string, Evidence | Error>>;
  /** The keeper's claim; null when there is none, it is void, or it is not trusted. */
  readClaim(attempt: AttemptRow): Promise<KeeperClaim | null>;
  /**
   * Stops an attempt without a connection to its keeper: asks a keeper that lives to stop, and takes
   * back what waits over there. What comes of it is observed. Does nothing for an unknown attempt.
   */
  stop(attempt: AttemptRow): Promise<void>;
  /** Makes sure that the attempt never executes. False: a keeper claimed it first, or it was void before. */
  void(attempt: AttemptRow): Promise<boolean>;
  /** What is known of the end of an attempt. */
  prove(attempt: AttemptRow): Promise<EndProof>;
  /** Removes what is left of an ended attempt. May be repeated. */
  discard(attempt: AttemptRow): Promise<void>;
  /** Attempts continue. */
  close(): Promise<void>;
}

/** What an attempt is contained with and how its limits are applied. */
export type Plan = Pick<AttemptRow, "tier" | "cgroup" | "cgroupAlso" | "limits">;

/** The attempt's id is what makes it safe to repeat: there is one claim to an id, and one keeper gets it. */
export interface LaunchTicket {
  attempt: AttemptRow;
  spec: JobSpec;
  /** What the keeper puts into its exit record; kept nowhere else. */
  seal: string;
}

/**
 * `void`: this call has started nothing, because the attempt was void or was launched before.
 * `unknown`: whether it has started something is not known. Both are settled by the records.
 */
export type LaunchAnswer = SpawnerAnswer | { kind: "waiting"; waiting: WaitingThere };

/** Accepted by the engine, and not running yet. */
export interface WaitingThere {
  /** The engine's own reason, as text. */
  reason: string;
  host: string;
}

/** What the records and the engine say about an attempt that this server did not follow so far. */
export interface Evidence {
  folder: boolean;
  /** The store has seen a keeper's claim before, or a process that the keeper started lives: the attempt did execute, whatever the folder says now. */
  claimedBefore: boolean;
  claim: KeeperClaim | "void" | "unreadable" | null;
  /** A record that its keeper provably did not write counts as unreadable. */
  exit: ExitRecord | "unreadable" | null;
  /** Whether the engine can judge the processes of its records. */
  sight: Sight;
  /** The claim's keeper lives, by identity. */
  keeperAlive: boolean;
  /** The engine has it and has not started it; null: it does not. */
  waiting: WaitingThere | null;
}

export interface EndProof {
  /** The exit record, if it bears its keeper's seal; null: there is none. */
  exit: ExitRecord | null;
  /** Whether the engine counts a process of it, as the kernel does in a group. Null: it cannot be asked. */
  populated: boolean | null;
}

/** The part of a keeper's link that a supervisor uses. */
export type Link = Pick<KeeperLink, "stop" | "pause" | "resume" | "lease" | "close">;
