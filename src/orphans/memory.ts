import { identityKey } from "./scene.ts";
import { readArguments, readCookie } from "./read-process.ts";
import { waitedByProcess } from "./waiting.ts";
import type { ProcessStat } from "../processes/proc-stat.ts";

/** What does not change while a process runs the same program. */
export interface ProgramFacts {
  argv: readonly string[];
  /** The attempt that its environment names. Null: none, or the kernel does not let this user see. */
  cookie: string | null;
}

interface Known {
  argStart: number;
  comm: string;
  facts: ProgramFacts;
}

/**
 * What one look leaves to the next: the CPU time of each process, to measure by, and its arguments,
 * which are most of what a look reads. A program is known again by pid, start time, short name and
 * the place of its arguments, which moves with each exec.
 */
export class Memory {
  #known = new Map<string, Known>();
  #cpu: Baseline | null = null;

  /** `renew`: a title that was written over in place is seen as well. */
  factsOf(stat: ProcessStat, renew: boolean): ProgramFacts {
    const key = identityKey(stat);
    const known = this.#known.get(key);
    const same = known?.argStart === stat.argStart && known.comm === stat.comm;
    if (known !== undefined && same && !renew) return known.facts;
    const facts = read(stat.pid, known !== undefined && same ? known.facts : null);
    this.#known.set(key, { argStart: stat.argStart, comm: stat.comm, facts });
    return facts;
  }

  /** The CPU time at the last look, when that was between these ages ago. */
  baseline(nowMs: number, age: { leastMs: number; mostMs: number }): Baseline | null {
    if (this.#cpu === null) return null;
    const ageMs = nowMs - this.#cpu.atMs;
    return ageMs >= age.leastMs && ageMs <= age.mostMs ? this.#cpu : null;
  }

  /** Keeps the CPU time of these, and forgets all others. */
  keep(baseline: Baseline): void {
    this.#cpu = baseline;
    for (const key of this.#known.keys()) if (!baseline.ticks.has(key)) this.#known.delete(key);
  }
}

/** The CPU time that each process had used, by identity. */
export interface Baseline {
  /** Monotonic. */
  atMs: number;
  ticks: ReadonlyMap<string, number>;
  /** Milliseconds that it had waited for a CPU, where that is known. */
  waited: ReadonlyMap<string, number>;
}

export function baselineOf(table: readonly ProcessStat[], atMs: number): Baseline {
  return {
    atMs,
    ticks: new Map(table.map((stat) => [identityKey(stat), stat.cpuTicks])),
    waited: waitedByProcess(table),
  };
}

/** The same arguments stay the same object: what was found out about them is found again by it. */
function read(pid: number, before: ProgramFacts | null): ProgramFacts {
  const argv = readArguments(pid);
  if (before !== null && before.argv.join("\0") === argv.join("\0")) return before;
  let cookie: { value: string | null } | null = null;
  return {
    argv,
    // Most processes are passed over without a look at their environment.
    get cookie() {
      cookie ??= { value: readCookie(pid) };
      return cookie.value;
    },
  };
}
