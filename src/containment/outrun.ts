import type { Survivor } from "./survivors.ts";

const sigkill = 9;
const sigstop = 19;
/** After that, a process that still runs cannot be stopped: it waits for a disk, or another process continues it. */
const passesMax = 20;

/**
 * The next signal to the survivors of a lost keeper. The first round sends SIGKILL. A tree that has replaced
 * its losses by the next round forks as fast as it is killed: each SIGKILL makes room for another process
 * below its limit. It is stopped in passes until no process runs, and then killed.
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
