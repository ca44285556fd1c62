import { killGroup, type RecordedGroup } from "../../containment/cgroup.ts";
import { Outrun } from "../../containment/outrun.ts";
import type { Signals } from "../../containment/signals.ts";
import type { EndedOrphans, Orphans, Spawner } from "../../containment/spawner.ts";
import { provenEmpty, type Survivor } from "../../containment/survivors.ts";
import type { Namespaces, Sweep, Sweeping } from "../machine.ts";
import type { AttemptRow } from "../../store/rows.ts";
import type { LocalProcesses } from "./processes.ts";

/** Ends what a lost keeper left, round by round. */
export class LocalSweeping implements Sweeping {
  readonly #processes: Pick<LocalProcesses, "survivors">;
  readonly #namespaces: Namespaces;
  readonly #signals: Pick<Signals, "send">;
  readonly #spawner: Pick<Spawner, "orphansOf" | "endedOrphansOf" | "wake">;
  readonly #outruns = new Map<string, Outrun>();

  constructor(
    processes: Pick<LocalProcesses, "survivors">,
    namespaces: Namespaces,
    signals: Pick<Signals, "send">,
    spawner: Pick<Spawner, "orphansOf" | "endedOrphansOf" | "wake">,
  ) {
    this.#processes = processes;
    this.#namespaces = namespaces;
    this.#signals = signals;
    this.#spawner = spawner;
  }

  async sweep(attempt: AttemptRow): Promise<Sweep> {
    const sight = await this.#namespaces.sightOf(attempt);
    if (sight === "elsewhere") return { left: [], proven: false, by: [] };
    // The processes that a record of another boot names have ended, and its groups are gone.
    if (sight !== "here") return { left: [], proven: true, by: [] };
    const found = await this.#processes.survivors(attempt);
    if (attempt.cgroup !== null) killGroup(attempt.cgroup);
    const answers = await this.#signals.send(
      attempt.bootId,
      found.map(({ identity }) => identity),
      this.#outrun(attempt.id, found).next(found),
    );
    const left = found.map((one, index) =>
      Object.assign(one, { denied: answers[index] === "denied" }),
    );
    if (attempt.tier === "best effort") return { left, proven: null, by: [] };
    const orphans = this.#spawner.orphansOf(attempt.id);
    if (orphans === "there") this.#spawner.wake();
    return { left, ...provenBy(provenEmpty(recordedGroup(attempt)), orphans) };
  }

  async endedOrphansOf(attempt: AttemptRow): Promise<EndedOrphans | null> {
    return this.#spawner.endedOrphansOf(attempt.id);
  }

  /** Of the current sweep; a new one if nothing is left. */
  #outrun(attempt: string, left: readonly Survivor[]): Outrun {
    const known = this.#outruns.get(attempt) ?? new Outrun();
    if (left.length === 0) this.#outruns.delete(attempt);
    else this.#outruns.set(attempt, known);
    return known;
  }
}

export function recordedGroup({ cgroup, namespace }: AttemptRow): RecordedGroup | null {
  return cgroup === null ? null : { path: cgroup, namespace: namespace?.cgroups };
}

function provenBy(group: boolean | null, orphans: Orphans): Pick<Sweep, "proven" | "by"> {
  if (group === false || orphans === "there") return { proven: false, by: [] };
  const by: Sweep["by"] = [
    ...(group === true ? ["group" as const] : []),
    ...(orphans === "gone" ? ["spawner" as const] : []),
  ];
  return { proven: by.length > 0 ? true : null, by };
}
