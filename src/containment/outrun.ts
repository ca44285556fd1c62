import type { Survivor } from "./survivors.ts";

const sigkill = 9;
const sigstop = 19;
/** Then what still moves cannot be stopped: it waits for a disk, or another process lets it go on. */
const passesMax = 20;

/**
 * Which signal comes next to the survivors of a lost keeper. The first round kills. What has replaced its
 * losses by the next one forks as fast as it is killed: each KILL makes room for another below its process
 * limit. It is stopped in passes until none moves, and then killed.
 */
export class Outrun {
  #killed = false;
  #passes = 0;

  next(left: readonly Pick<Survivor, "state">[]): number {
    const moving = left.some(({ state }) => !"TtZX".includes(state));
    if (this.#killed && moving && this.#passes < passesMax) {
      this.#passes += 1;
      return sigstop;
    }
    this.#killed = true;
    this.#passes = 0;
    return sigkill;
  }
}
