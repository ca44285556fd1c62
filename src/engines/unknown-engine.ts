import type { AttemptRow } from "../store/rows.ts";
import type { EndProof, Engine, Evidence } from "./engine.ts";

/**
 * Stands for an engine that a record names and this server does not have. Attempts of it may run:
 * nothing is concluded, changed or removed, and nothing new is started.
 */
export class UnknownEngine implements Engine {
  readonly name: string;
  readonly host = "unknown";
  readonly machine = null;

  constructor(name: string) {
    this.name = name;
  }

  ready = (): Promise<never> => this.#refuse();
  plan = (): Promise<never> => this.#refuse();
  prepare = (): Promise<never> => this.#refuse();
  flush = (): Promise<never> => this.#refuse();
  launch = (): Promise<never> => this.#refuse();
  discard = (): Promise<never> => this.#refuse();

  async attach(): Promise<null> {
    return null;
  }

  async observe(attempts: readonly AttemptRow[]): Promise<ReadonlyMap<string, Evidence>> {
    return new Map(
      attempts.map(({ id, claim }) => [
        id,
        {
          folder: true,
          claimedBefore: claim !== null,
          claim: null,
          exit: null,
          sight: "elsewhere",
          keeperAlive: false,
          waiting: null,
        },
      ]),
    );
  }

  async readClaim(): Promise<null> {
    return null;
  }

  async stop(): Promise<void> {}

  async void(): Promise<boolean> {
    return false;
  }

  async prove(): Promise<EndProof> {
    return { exit: null, populated: null };
  }

  async close(): Promise<void> {}

  async #refuse(): Promise<never> {
    throw new Error(`this server has no engine "${this.name}"`);
  }
}
