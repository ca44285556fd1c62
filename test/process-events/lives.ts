/** One process from its fork to the end of its last thread, as the kernel reported it. Times are UTC microseconds. */
export interface Life {
  pid: number;
  parent: Life | null;
  children: Life[];
  bornUs: number;
  comm: string;
  /** Null: it lives. */
  endedUs: number | null;
  code: number | null;
  signal: number | null;
}

interface Threads {
  life: Life;
  living: Set<number>;
}

/** Puts the lines of `test/fixtures/process-events.c` together: which process was whose child, from when until when. */
export class Lives {
  readonly all: Life[] = [];
  /** What was lost, as the observer reported it. Not empty: nothing may be concluded. */
  readonly lost: string[] = [];
  readonly #living = new Map<number, Threads>();

  take(line: string): void {
    const [what, at, ...rest] = line.split(" ");
    if (what === "lost") this.lost.push(line);
    else if (what === "fork") this.#forked(Number(at), rest.map(Number));
    else if (what === "exec") this.#executed(Number(rest[0]), rest.slice(1).join(" "));
    else if (what === "exit") this.#exited(Number(at), rest.map(Number));
  }

  /** The life that has this pid, or had it last. */
  withPid(pid: number): Life | undefined {
    return this.#living.get(pid)?.life ?? this.all.findLast((life) => life.pid === pid);
  }

  #forked(bornUs: number, [parent = 0, thread = 0, pid = 0]: number[]): void {
    const known = this.#living.get(pid);
    if (thread !== pid) {
      known?.living.add(thread);
      return;
    }
    const above = this.#living.get(parent)?.life ?? null;
    const life: Life = {
      pid,
      parent: above,
      children: [],
      bornUs,
      comm: above?.comm ?? "?",
      endedUs: null,
      code: null,
      signal: null,
    };
    above?.children.push(life);
    this.all.push(life);
    this.#living.set(pid, { life, living: new Set([pid]) });
  }

  #executed(pid: number, comm: string): void {
    const known = this.#living.get(pid);
    if (known === undefined) return;
    known.life.comm = comm;
    // An exec ends every other thread, and the executing thread has the process's pid from then on.
    known.living.clear();
    known.living.add(pid);
  }

  #exited(atUs: number, [thread = 0, pid = 0, code = 0, signal = 0]: number[]): void {
    const known = this.#living.get(pid);
    if (known === undefined) return;
    const { life, living } = known;
    living.delete(thread);
    // The status is the first thread's. If that had left the others behind, what ended them together counts.
    if (thread === pid || code !== 0 || signal !== 0) {
      life.code = signal === 0 ? code : null;
      life.signal = signal === 0 ? null : signal;
    }
    if (living.size > 0) return;
    life.endedUs = atUs;
    this.#living.delete(pid);
  }
}

/** The process and all its descendants, whether or not those between have ended. */
export function withDescendants(life: Life): Life[] {
  return [life, ...life.children.flatMap(withDescendants)];
}
