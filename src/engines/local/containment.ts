import type { CgroupRoots } from "../../containment/cgroup-roots.ts";
import { removeGroup } from "../../containment/cgroup.ts";
import { alsoGroups, makeGroups } from "../../containment/groups.ts";
import {
  applyLimits,
  limitAbilities,
  type LimitedSpec,
  planLimits,
} from "../../containment/limits.ts";
import { ownRights } from "../../containment/process-limits.ts";
import type { Tier } from "../../contract/attempt.ts";
import type { LimitAbility } from "../../contract/limits.ts";
import { ownCpus } from "../../processes/own-cpus.ts";
import type { AttemptRow } from "../../store/rows.ts";
import { failpoint } from "../../system/failpoints.ts";
import type { Plan } from "../engine.ts";
import type { Contained, Containment } from "../machine.ts";
import type { KeeperStarter } from "./keeper-starter.ts";

/** Foreign processes are not moved into a group: docs/decisions/0023. */
const noCgroupRoots: CgroupRoots = {
  v2: null,
  v1: new Map(),
  why: "it was adopted",
  missing: null,
};

/** The groups of attempts, and their limits. */
export class LocalContainment implements Containment {
  readonly cpus = ownCpus();
  readonly #starter: KeeperStarter;
  readonly #onComplaint: (text: string) => void;
  readonly #rights = ownRights();

  constructor(starter: KeeperStarter, onComplaint: (text: string) => void) {
    this.#starter = starter;
    this.#onComplaint = onComplaint;
  }

  get #cgroupRoots(): CgroupRoots {
    return this.#starter.cgroupRoots;
  }

  get tier(): Tier {
    return this.#cgroupRoots.v2 === null ? "subreaper" : "cgroup";
  }

  get tierWhy(): string {
    const { why, missing } = this.#cgroupRoots;
    return missing === null ? why : `${why}; ${missing}`;
  }

  get limits(): LimitAbility[] {
    return limitAbilities(this.#cgroupRoots);
  }

  plan(attempt: string, spec: LimitedSpec): Plan {
    if (spec.adopt !== undefined) {
      const limits = planLimits(noCgroupRoots, spec, this.#rights);
      // Its keeper is not its parent either.
      return { tier: "best effort", cgroup: null, cgroupAlso: [], limits };
    }
    return {
      tier: this.tier,
      cgroup: this.#groupFor(attempt),
      cgroupAlso: this.#alsoFor(attempt, spec),
      limits: planLimits(this.#cgroupRoots, spec, this.#rights),
    };
  }

  groupsOf(attempt: string): Pick<AttemptRow, "cgroup" | "cgroupAlso"> {
    return { cgroup: this.#groupFor(attempt), cgroupAlso: this.#alsoFor(attempt, null) };
  }

  async contain(attempt: AttemptRow, spec: LimitedSpec): Promise<Contained> {
    // A scope ends with the last process in it: when the spawner was lost, the next one gets another.
    await this.#starter.spawner.ready();
    if (spec.adopt !== undefined)
      return { limits: planLimits(noCgroupRoots, spec, this.#rights), cgroupAlso: [] };
    if (attempt.cgroup !== this.#groupFor(attempt.id)) throw new CgroupRootLost();
    const also = alsoGroups(this.#cgroupRoots, attempt.id, spec);
    const groups = await makeGroups(attempt.cgroup, also, this.#onComplaint);
    failpoint("group.made");
    const limits = await applyLimits(this.#cgroupRoots, groups, spec, this.#rights);
    return { limits, cgroupAlso: [...new Set(groups.v1.values())] };
  }

  async releaseGroup(attempt: AttemptRow): Promise<void> {
    for (const group of [attempt.cgroup, ...attempt.cgroupAlso])
      if (group !== null) removeGroup(group);
  }

  #groupFor(attempt: string): string | null {
    const { v2 } = this.#cgroupRoots;
    return v2 === null ? null : `${v2.root}/${attempt}`;
  }

  /** `spec` null: all that it could have. */
  #alsoFor(attempt: string, spec: LimitedSpec | null): string[] {
    return [...new Set(alsoGroups(this.#cgroupRoots, attempt, spec).values())];
  }
}

/** Groups cannot be made in the planned place any more; the next attempt's group is elsewhere. */
class CgroupRootLost extends Error {
  readonly code = "ESTALE";
  override readonly message =
    "the place of its group has gone with the process that starts keepers";
}
