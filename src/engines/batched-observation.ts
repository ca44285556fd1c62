import type { AttemptRow } from "../store/rows.ts";
import type { Engine, Evidence } from "./engine.ts";

interface Asked {
  attempt: AttemptRow;
  result: PromiseWithResolvers<Evidence>;
}

/**
 * Collects the attempts that are asked for within one turn of the event loop: a cluster answers for a
 * hundred of them as fast as for one. A batch does not wait for an earlier one.
 */
export class BatchedObservation {
  readonly #engine: Pick<Engine, "observe">;
  readonly #soon: (callback: () => void) => void;
  #asked: Asked[] = [];

  constructor(engine: Pick<Engine, "observe">, soon: (callback: () => void) => void) {
    this.#engine = engine;
    this.#soon = soon;
  }

  of(attempt: AttemptRow): Promise<Evidence> {
    const result = Promise.withResolvers<Evidence>();
    if (this.#asked.length === 0) this.#soon(() => void this.#ask());
    this.#asked.push({ attempt, result });
    return result.promise;
  }

  async #ask(): Promise<void> {
    const asked = this.#asked;
    this.#asked = [];
    try {
      const seen = await this.#engine.observe(asked.map(({ attempt }) => attempt));
      for (const { attempt, result } of asked) {
        const evidence = seen.get(attempt.id) ?? new Error(`${attempt.id} was not observed`);
        if (evidence instanceof Error) result.reject(evidence);
        else result.resolve(evidence);
      }
    } catch (error) {
      for (const { result } of asked) result.reject(error);
    }
  }
}
