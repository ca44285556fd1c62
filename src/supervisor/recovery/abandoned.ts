import type { AbandonedSummary } from "../../contract/abandoned-message.ts";
import type { AbandonedAttempt } from "../../containment/abandoned.ts";
import type { Clock } from "../../system/clock.ts";

// A search reads files of every process of the machine: 10 to 20 ms.
const searchAgainMs = 1000;

/**
 * What lives of an earlier state folder at this server's path. Found once, when the server starts:
 * from then on its own folder is there. Checked again until nothing of it is left.
 */
export class Abandoned {
  readonly #search: () => AbandonedAttempt[];
  readonly #clock: Clock;
  #found: AbandonedAttempt[] = [];
  #searchedAtMs = 0;

  constructor(search: () => AbandonedAttempt[], clock: Clock) {
    this.#search = search;
    this.#clock = clock;
  }

  open(): void {
    this.#searchedAtMs = this.#clock.monotonicMs();
    this.#found = this.#search();
  }

  get summary(): AbandonedSummary[] {
    const isOld = this.#clock.monotonicMs() - this.#searchedAtMs >= searchAgainMs;
    if (this.#found.length > 0 && isOld) this.open();
    return summaryOf(this.#found);
  }
}

/** Grouped by the folder that is gone and where it is now. */
export function summaryOf(found: readonly AbandonedAttempt[]): AbandonedSummary[] {
  const byFolder = Map.groupBy(found, ({ stateDir, movedTo }) => `${stateDir}\0${movedTo ?? ""}`);
  return [...byFolder.values()].flatMap((attempts) => {
    const [one] = attempts;
    if (one === undefined) return [];
    const { stateDir, movedTo } = one;
    const processes = attempts.reduce(
      (sum, { keeper, members }) => sum + members.length + (keeper === null ? 0 : 1),
      0,
    );
    return [{ stateDir, movedTo, attempts: attempts.length, processes }];
  });
}
