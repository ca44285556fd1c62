import type { RecalledAttempt } from "../../containment/recalled.ts";
import type { LimitedSpec } from "../../containment/limits.ts";
import type { Obstacle } from "../../contract/stopping.ts";
import type { ProcessIdentity } from "../../contract/keeper.ts";
import { type AppliedLimit, wantedLimits } from "../../job/limits.ts";
import type { Sight } from "../../processes/pid-namespace.ts";
import type { AttemptRow } from "../../store/rows.ts";
import type { LaunchAnswer } from "../engine.ts";
import type { ContainerRound, HeldUpPart } from "../machine.ts";
import type { FakeAttempt } from "./fake-attempt.ts";

/** What a test sets and reads of a fake engine and its machine. */
export class FakeLevers {
  /** How its limits are applied; by what it is that is limited. Everything by a file of that name. */
  readonly ways: Partial<Record<string, string>> = {};
  /** What the kernel refuses when the groups are made, though it was planned otherwise. */
  readonly refused = new Set<string>();
  readonly attempts = new Map<string, FakeAttempt>();
  /** Foreign processes that there are, by pid. */
  readonly foreign = new Map<number, ProcessIdentity>();
  /** What `prepare` recorded, until it is discarded. */
  readonly prepared = new Map<string, RecalledAttempt>();
  readonly discarded: string[] = [];
  readonly sweeps: string[] = [];
  /** How many attempts each observation was asked about. */
  readonly observations: number[] = [];
  /** What the next launches are answered; `ready` when there is none left. */
  readonly answers: LaunchAnswer[] = [];
  /** Why attempts that are launched from now on are accepted and not started; null: they are started. */
  waitsFor: string | null = null;
  /** Called before a launch is answered: to delay it, or to do something in between. */
  beforeAnswer: () => Promise<void> = async () => undefined;
  /** What the next inspections of a container find; when none is left, that it is gone. */
  readonly containers: Partial<ContainerRound>[] = [];
  readonly settled: string[] = [];
  readonly stacks = new Map<number, string[]>();
  goingDown = false;
  readonly obstacles = new Map<number, Obstacle>();
  /** By attempt. */
  readonly held = new Map<string, HeldUpPart>();
  readyError: Error | null = null;
  prepareError: Error | null = null;
  flushError: Error | null = null;
  /** What the next inspections of an attempt fail with. */
  readonly inspectErrors: Error[] = [];
  sight: Sight = "here";
  /** Null: `sight` says it for all. */
  bootId: string | null = null;

  sightOf(row: AttemptRow): Sight {
    if (this.bootId === null) return this.sight;
    return row.bootId === this.bootId ? "here" : "restarted";
  }

  planned(spec: LimitedSpec): AppliedLimit[] {
    return wantedLimits(spec.limits, spec.cpus).map(({ what, wanted }) => ({
      what,
      wanted,
      how: this.ways[what] ?? what,
      why: null,
    }));
  }

  /** The last attempt of a job. */
  of(job: number): FakeAttempt {
    const found = [...this.attempts.values()].findLast(({ row }) => row.job === job);
    if (found === undefined) throw new Error(`job ${job} was never launched`);
    return found;
  }
}
