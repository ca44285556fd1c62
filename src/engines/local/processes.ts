import type { AttemptFolder } from "../../containment/attempt-folder.ts";
import { findObstacle } from "../../containment/obstacle.ts";
import type { Signals } from "../../containment/signals.ts";
import {
  findMembersInTurns,
  findSurvivors,
  type Survivor,
  type Traces,
} from "../../containment/survivors.ts";
import type { JobProcess } from "../../contract/job-process.ts";
import type { ProcessIdentity } from "../../contract/keeper.ts";
import { kernelStackOf } from "../../processes/kernel-stack.ts";
import { liveDetails } from "../../processes/live-details.ts";
import { sightOf } from "../../processes/pid-namespace.ts";
import { findProcesses } from "../../processes/process-table.ts";
import type { AttemptRow } from "../../store/rows.ts";
import type { Clock } from "../../system/clock.ts";
import type { Processes, WhyStuck } from "../machine.ts";

/** The processes of attempts, found by group, session, environment and descent. */
export class LocalProcesses implements Processes {
  readonly #signals: Signals;
  readonly #clock: Clock;
  readonly #folderOf: (attempt: string) => AttemptFolder;

  constructor(signals: Signals, clock: Clock, folderOf: (attempt: string) => AttemptFolder) {
    this.#signals = signals;
    this.#clock = clock;
    this.#folderOf = folderOf;
  }

  async identify(pid: number): Promise<ProcessIdentity | null> {
    return (await this.#signals.identify([pid]))[0] ?? null;
  }

  async list(attempt: AttemptRow): Promise<JobProcess[]> {
    if (sightOf(attempt) !== "here") return [];
    const turn = () => new Promise<void>((resolve) => this.#clock.soon(resolve));
    const members = await findMembersInTurns(await findProcesses(), this.tracesOf(attempt), turn);
    return members.map(({ stat, ties }) =>
      Object.assign(liveDetails(stat, this.#clock.nowMs()), { ties }),
    );
  }

  async search(
    attempt: AttemptRow,
    named: readonly Pick<ProcessIdentity, "pid" | "start">[],
  ): Promise<Survivor[]> {
    if (sightOf(attempt) !== "here") return [];
    const isNamed = ({ identity }: Survivor) =>
      named.some(({ pid, start }) => pid === identity.pid && start === identity.start);
    return findSurvivors(this.tracesOf(attempt)).filter((one) => !isNamed(one));
  }

  async whyStuck(pid: number): Promise<WhyStuck> {
    return { obstacle: findObstacle(pid), stack: await kernelStackOf(pid) };
  }

  tracesOf({ id, claim, cgroup, tier, sealHash }: AttemptRow): Traces {
    // A payload can write to claim and intent: only the server's own record lets a claim name a foreign
    // process. A row that was rebuilt from an intent is not such a record, and has no seal.
    const isOwnRecord = tier === "best effort" && sealHash !== null;
    const adopted = isOwnRecord ? (claim?.adopted ?? null) : null;
    return { attempt: id, folder: this.#folderOf(id).path, claim, cgroup, adopted };
  }
}
