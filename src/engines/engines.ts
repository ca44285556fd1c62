import type { AttemptRow } from "../store/rows.ts";
import type { Clock } from "../system/clock.ts";
import { BatchedObservation } from "./batched-observation.ts";
import type { Engine, Evidence } from "./engine.ts";
import type { Machine } from "./machine.ts";
import { UnknownEngine } from "./unknown-engine.ts";

type OnRecord = Pick<AttemptRow, "engine">;
export type MachineEngine = Engine & { machine: Machine };

/** The engines of this server, and which of them runs an attempt. */
export class Engines {
  /** This machine. Jobs that name no engine run here. */
  readonly local: MachineEngine;
  readonly #known: ReadonlyMap<string, Engine>;
  readonly #observations = new Map<Engine, BatchedObservation>();
  readonly #clock: Pick<Clock, "soon">;

  constructor(clock: Pick<Clock, "soon">, local: MachineEngine, others: readonly Engine[] = []) {
    this.#clock = clock;
    this.local = local;
    this.#known = new Map([local, ...others].map((engine) => [engine.name, engine]));
  }

  get names(): string[] {
    return [...this.#known.keys()];
  }

  /** Null: this server has none of that name. */
  named(name: string): Engine | null {
    return this.#known.get(name) ?? null;
  }

  /** An engine that this server does not have concludes nothing about its attempts. */
  of({ engine }: OnRecord): Engine {
    return this.named(engine) ?? new UnknownEngine(engine);
  }

  /** Null: the attempt runs elsewhere. */
  machineOf(attempt: OnRecord): Machine | null {
    return this.of(attempt).machine;
  }

  /** Attempts that are asked for at one moment are one call to their engine. */
  async observe(attempt: AttemptRow): Promise<Evidence> {
    const engine = this.of(attempt);
    let observation = this.#observations.get(engine);
    if (observation === undefined) {
      observation = new BatchedObservation(engine, (callback) => this.#clock.soon(callback));
      if (this.named(engine.name) === engine) this.#observations.set(engine, observation);
    }
    return await observation.of(attempt);
  }

  /** Attempts continue. */
  async close(): Promise<void> {
    await Promise.all([...this.#known.values()].map((engine) => engine.close()));
  }
}
