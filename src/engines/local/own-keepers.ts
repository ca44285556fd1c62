import type { Signals } from "../../containment/signals.ts";
import type { Spawner } from "../../containment/spawner.ts";
import type { KeeperClaim, ProcessIdentity } from "../../contract/keeper.ts";
import { isCalledKeeperOf } from "../../processes/keeper-program.ts";
import { isHere } from "../../processes/pid-namespace.ts";
import { nullIfHidden, statOf } from "../../processes/proc-stat.ts";
import type { AttemptRow } from "../../store/rows.ts";

interface Sources {
  spawner: Pick<Spawner, "keeperPidOf">;
  signals: Pick<Signals, "identify">;
  readClaim: (attempt: AttemptRow) => Promise<KeeperClaim | null>;
}

/**
 * The keepers of attempts, also before the store has their claims: a keeper can be stopped or traced
 * before it answers. Until then the spawner's answer and the claim in the attempt's folder say which
 * process it is. The payload can write that folder, and the spawner's answer is only a pid, so the
 * process must be called what only a keeper of this attempt, or its own payload, calls itself.
 */
export class OwnKeepers {
  readonly #sources: Sources;
  /** By the claims in their folders; forgotten with the row. */
  readonly #found = new WeakMap<AttemptRow, ProcessIdentity>();

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  /** Of a keeper that lives, as far as that is known without reading the folder. */
  async pidOf(attempt: AttemptRow): Promise<number | null> {
    if (!isHere(attempt)) return null;
    const known = attempt.claim?.keeper ?? this.#found.get(attempt);
    if (known !== undefined) {
      const stat = await statOf(known.pid).catch(nullIfHidden);
      return stat?.start === known.start ? known.pid : null;
    }
    const pid = this.#sources.spawner.keeperPidOf(attempt.id);
    return pid !== null && isCalledKeeperOf(pid, attempt.id) ? pid : null;
  }

  /** The recorded keeper, living or not; without a recorded claim, the process that is proven to be it. */
  async identityOf(attempt: AttemptRow): Promise<ProcessIdentity | null> {
    if (attempt.claim !== null) return attempt.claim.keeper;
    if (!isHere(attempt)) return null;
    return (await this.#claimed(attempt)) ?? (await this.#started(attempt));
  }

  /** A claim from the attempt's folder that was found to be its keeper's. */
  note(attempt: AttemptRow, { keeper }: KeeperClaim): void {
    if (isCalledKeeperOf(keeper.pid, attempt.id)) this.#found.set(attempt, keeper);
  }

  async #claimed(attempt: AttemptRow): Promise<ProcessIdentity | null> {
    // The folder may be out of reach.
    const claim = await this.#sources.readClaim(attempt).catch(() => null);
    if (claim !== null) this.note(attempt, claim);
    return this.#found.get(attempt) ?? null;
  }

  async #started(attempt: AttemptRow): Promise<ProcessIdentity | null> {
    const pid = this.#sources.spawner.keeperPidOf(attempt.id);
    if (pid === null) return null;
    const [identity = null] = await this.#sources.signals.identify([pid]);
    if (identity === "unknown") return null;
    // Afterwards: if the pid has another owner by now, no signal to this identity reaches it.
    return isCalledKeeperOf(pid, attempt.id) ? identity : null;
  }
}
