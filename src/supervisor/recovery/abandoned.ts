import type { AbandonedSummary } from "../../contract/abandoned-message.ts";
import type { AbandonedAttempt } from "../../containment/abandoned.ts";
import type { Clock } from "../../system/clock.ts";
import type { Log } from "../context.ts";

const searchAgainMs = 1000;

/**
 * What lives of an earlier state folder at this server's path. Found once, when the server starts:
 * from then on its own folder is there. Checked again until nothing of it is left. A request gets what
 * the last search found and does not wait for the next.
 */
export class Abandoned {
  readonly #search: () => Promise<AbandonedAttempt[]>;
  readonly #clock: Clock;
  readonly #log: Pick<Log, "warn">;
  #found: AbandonedAttempt[] = [];
  #searchedAtMs = 0;
  #isSearching = false;
  #isSearched = false;

  constructor(search: () => Promise<AbandonedAttempt[]>, clock: Clock, log: Pick<Log, "warn">) {
    this.#search = search;
    this.#clock = clock;
    this.#log = log;
  }

  async open(): Promise<void> {
    if (this.#isSearching) return;
    this.#isSearching = true;
    this.#searchedAtMs = this.#clock.monotonicMs();
    try {
      this.#found = await this.#search();
      this.#isSearched = true;
    } catch (error) {
      this.#log.warn({ err: error }, "searching for attempts of an earlier state folder");
    } finally {
      this.#isSearching = false;
    }
  }

  /** False until a search has succeeded: a failed one says nothing, and is repeated. */
  get isSearched(): boolean {
    return this.#isSearched;
  }

  get summary(): AbandonedSummary[] {
    const isOld = this.#clock.monotonicMs() - this.#searchedAtMs >= searchAgainMs;
    const isUnsure = this.#found.length > 0 || !this.#isSearched;
    if (isUnsure && isOld) void this.open();
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
