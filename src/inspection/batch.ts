interface Asked<Item, Value> {
  item: Item;
  result: PromiseWithResolvers<Value>;
}

/**
 * Answers many requests by one search of the machine: what is asked for during a search is answered by
 * the next one, which begins after it was asked for. So a search never answers with what it may have
 * read before the question, and a thousand questions at one moment cost two searches.
 */
export class Batch<Item, Value> {
  readonly #search: (items: readonly Item[]) => Promise<readonly Value[]>;
  readonly #soon: (callback: () => void) => void;
  #asked: Asked<Item, Value>[] = [];
  #isSearching = false;

  constructor(
    search: (items: readonly Item[]) => Promise<readonly Value[]>,
    soon: (callback: () => void) => void,
  ) {
    this.#search = search;
    this.#soon = soon;
  }

  /** No question is open. */
  get isIdle(): boolean {
    return !this.#isSearching;
  }

  of(item: Item): Promise<Value> {
    const result = Promise.withResolvers<Value>();
    this.#asked.push({ item, result });
    if (!this.#isSearching) {
      this.#isSearching = true;
      this.#soon(() => void this.#answer());
    }
    return result.promise;
  }

  async #answer(): Promise<void> {
    while (this.#asked.length > 0) {
      const asked = this.#asked;
      this.#asked = [];
      try {
        const found = await this.#search(asked.map(({ item }) => item));
        for (const [index, { result }] of asked.entries()) {
          const value = found[index];
          if (value === undefined) result.reject(new Error("the search has no answer for one"));
          else result.resolve(value);
        }
      } catch (error) {
        for (const { result } of asked) result.reject(error);
      }
    }
    this.#isSearching = false;
  }
}
