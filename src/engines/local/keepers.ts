import type { Signals } from "../../containment/signals.ts";
import type { Spawner } from "../../containment/spawner.ts";
import { findHeldUp } from "../../processes/held-up.ts";
import { isHere } from "../../processes/pid-namespace.ts";
import type { AttemptRow } from "../../store/rows.ts";
import type { HeldUpPart, Keepers } from "../machine.ts";
import type { OwnKeepers } from "./own-keepers.ts";

const [sighup, sigterm, sigcont] = [1, 15, 18];

/** What can be found out about keepers, and said to them, without their sockets. */
export class LocalKeepers implements Keepers {
  readonly #own: OwnKeepers;
  readonly #signals: Signals;
  readonly #spawner: Spawner;

  constructor(own: OwnKeepers, signals: Signals, spawner: Spawner) {
    this.#own = own;
    this.#signals = signals;
    this.#spawner = spawner;
  }

  async pidOf(attempt: AttemptRow): Promise<number | null> {
    return this.#own.pidOf(attempt);
  }

  async heldUp(attempt: AttemptRow): Promise<HeldUpPart | null> {
    if (!isHere(attempt)) return null;
    const keeper = attempt.claim?.keeper;
    if (keeper !== undefined) return await partHeldUp("keeper", keeper.pid, keeper.start);
    return (
      (await partHeldUp("keeper", await this.#own.pidOf(attempt))) ??
      (this.#spawner.isAsked(attempt.id) ? await partHeldUp("spawner", this.#spawner.pid) : null)
    );
  }

  wake(attempt: AttemptRow): Promise<void> {
    return this.#send(attempt, sighup);
  }

  stop(attempt: AttemptRow): Promise<void> {
    return this.#send(attempt, sigterm);
  }

  async #send(attempt: AttemptRow, signal: number): Promise<void> {
    if (!isHere(attempt)) return;
    const keeper = await this.#own.identityOf(attempt);
    if (keeper === null) return;
    await this.#signals.send(attempt.bootId, [keeper], sigcont);
    await this.#signals.send(attempt.bootId, [keeper], signal);
  }
}

async function partHeldUp(
  part: HeldUpPart["part"],
  pid: number | null,
  start?: number,
): Promise<HeldUpPart | null> {
  const held = pid === null ? null : await findHeldUp(pid, start);
  return held === null ? null : { part, ...held };
}
