import { isDamage } from "./sqlite-errors.ts";

interface Waiting {
  body: () => unknown;
  resolve: (value: never) => void;
  reject: (error: unknown) => void;
}

/**
 * One flush for many. A flush to the disk takes 0.2 to 2 ms on an ordinary machine
 * and blocks everything; bodies that arrive during it share the next one.
 */
export class GroupCommit {
  readonly #soon: (callback: () => void) => void;
  readonly #transaction: (body: () => void) => void;
  readonly #part: (body: () => unknown) => unknown;
  #waiting: Waiting[] = [];

  /** `part` runs one body inside `transaction` so that it can fail separately. */
  constructor(
    soon: (callback: () => void) => void,
    transaction: (body: () => void) => void,
    part: (body: () => unknown) => unknown,
  ) {
    this.#soon = soon;
    this.#transaction = transaction;
    this.#part = part;
  }

  add<T>(body: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) this.#soon(() => this.flush());
      this.#waiting.push({ body, resolve, reject });
    });
  }

  flush(): void {
    const group = this.#waiting;
    this.#waiting = [];
    if (group.length > 0) this.#commit(group);
  }

  #commit(group: readonly Waiting[]): void {
    const answers: (() => void)[] = [];
    try {
      this.#transaction(() => {
        for (const { body, resolve, reject } of group) {
          try {
            const value = this.#part(body) as never;
            answers.push(() => resolve(value));
          } catch (error) {
            answers.push(() => reject(error));
          }
        }
      });
    } catch (error) {
      // SQLite refuses a transaction in which one body met a damaged page: nothing of it is on record, and
      // the others can be.
      if (isDamage(error) && group.length > 1) for (const one of group) this.#commit([one]);
      else for (const { reject } of group) reject(error);
      return;
    }
    for (const answer of answers) answer();
  }
}
