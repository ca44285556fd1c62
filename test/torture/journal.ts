/** What a client asked for with one key. */
export interface Submission {
  /** Also the job's name. */
  tag: string;
  /** The payload's exit code if nothing stops it. */
  code: number;
  /** Null until a server has acknowledged it. */
  id: number | null;
}

/** What the clients and the fault injector know: nothing in here comes from the server's own records. */
export class Journal {
  readonly submissions: Submission[] = [];
  /** Ids of acknowledged retries, and of which job. */
  readonly retries = new Map<number, number>();
  /** A stop was asked for, whether or not it was answered. */
  readonly stopAsked = new Set<number>();
  readonly stopAcknowledged = new Set<number>();
  readonly removalAsked = new Set<number>();
  readonly removed = new Set<number>();
  /** Attempts whose keepers were killed. */
  readonly killedKeepers = new Set<string>();
  /** Observations that must not occur. */
  readonly violations: string[] = [];
  readonly counts: Record<string, number> = {};

  count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }

  /** Jobs that were acknowledged and that no client asked to remove. */
  get known(): number[] {
    const ids = this.submissions.flatMap(({ id }) => (id === null ? [] : [id]));
    return [...ids, ...this.retries.keys()].filter((id) => !this.removalAsked.has(id));
  }
}
