/** What a client asked for with one key. */
export interface Submission {
  /** Also the job's name. */
  tag: string;
  /** What the payload ends with if it is let. */
  code: number;
  /** Null until a server has acknowledged it. */
  id: number | null;
}

/** What the clients and the hand that hits know: nothing in here comes from the server's own records. */
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
  /** What must not be. */
  readonly violations: string[] = [];
  readonly counts: Record<string, number> = {};

  count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }

  /** Jobs that somebody was told of and nobody asked to remove. */
  get known(): number[] {
    const ids = this.submissions.flatMap(({ id }) => (id === null ? [] : [id]));
    return [...ids, ...this.retries.keys()].filter((id) => !this.removalAsked.has(id));
  }
}
