import type { AttemptFolder } from "../../containment/attempt-folder.ts";
import { findObstacle } from "../../containment/obstacle.ts";
import type { Identified, Signals } from "../../containment/signals.ts";
import type { AttemptSearch, ProgramFacts } from "../../containment/attempt-search.ts";
import type { Survivor, Traces } from "../../containment/survivors.ts";
import type { JobProcess } from "../../contract/job-process.ts";
import type { ProcessIdentity } from "../../contract/keeper.ts";
import { kernelStackOf } from "../../processes/kernel-stack.ts";
import { isHere } from "../../processes/pid-namespace.ts";
import type { AttemptRow } from "../../store/rows.ts";
import type { Processes, WhyStuck } from "../machine.ts";

/** The processes of attempts, found by group, session, environment and descent. */
export class LocalProcesses implements Processes {
  readonly #signals: Signals;
  readonly #search: AttemptSearch;
  readonly #folderOf: (attempt: string) => AttemptFolder;

  constructor(
    signals: Signals,
    search: AttemptSearch,
    folderOf: (attempt: string) => AttemptFolder,
  ) {
    this.#signals = signals;
    this.#search = search;
    this.#folderOf = folderOf;
  }

  async identify(pid: number): Promise<Identified> {
    return (await this.#signals.identify([pid]))[0] ?? null;
  }

  programOf(pid: number): Promise<ProgramFacts> {
    return this.#search.program(pid);
  }

  async list(attempt: AttemptRow): Promise<JobProcess[]> {
    return isHere(attempt) ? await this.#search.processes(this.tracesOf(attempt)) : [];
  }

  async search(
    attempt: AttemptRow,
    named: readonly Pick<ProcessIdentity, "pid" | "start">[],
  ): Promise<Survivor[]> {
    if (!isHere(attempt)) return [];
    const isNamed = ({ identity }: Survivor) =>
      named.some(({ pid, start }) => pid === identity.pid && start === identity.start);
    return (await this.survivors(attempt)).filter((one) => !isNamed(one));
  }

  /** Of an attempt whose pids are valid here. */
  survivors(attempt: AttemptRow): Promise<Survivor[]> {
    return this.#search.survivors(this.tracesOf(attempt));
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
