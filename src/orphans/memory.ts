import { identityKey } from "./scene.ts";
import { readArguments, readCookie } from "../processes/read-process.ts";
import { waitedByProcess } from "./waiting.ts";
import type { ProcessStat } from "../processes/proc-stat.ts";

/** Facts that do not change while a process runs the same program. */
export interface ProgramFacts {
  argv: readonly string[];
  /** The attempt that its environment names. Null: none, or not readable by this user. */
  cookie: string | null;
}

interface Known {
  argStart: number;
  comm: string;
  facts: ProgramFacts;
}

/**
 * What one inspection keeps for the next: the CPU time of each process, as a baseline, and its
 * arguments, which are most of what an inspection reads. A program is recognised by pid, start
 * time, process name and the address of its arguments, which changes with each exec.
 */
export class Memory {
  #known = new Map<string, Known>();
  #cpu: Baseline | null = null;

  /** `renew`: reads the arguments again, to see a title that was overwritten in place. */
  factsOf(stat: ProcessStat, renew: boolean): ProgramFacts {
    const key = identityKey(stat);
    const known = this.#known.get(key);
    const same = known?.argStart === stat.argStart && known.comm === stat.comm;
    if (known !== undefined && same && !renew) return known.facts;
    const facts = read(stat.pid, known !== undefined && same ? known.facts : null);
    this.#known.set(key, { argStart: stat.argStart, comm: stat.comm, facts });
    return facts;
  }

  /** The CPU times of the last inspection, if its age is within these limits. */
  baseline(nowMs: number, age: { leastMs: number; mostMs: number }): Baseline | null {
    if (this.#cpu === null) return null;
    const ageMs = nowMs - this.#cpu.atMs;
    return ageMs >= age.leastMs && ageMs <= age.mostMs ? this.#cpu : null;
  }

  /** Keeps these CPU times and forgets all other processes. */
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
  /** Milliseconds that it had waited for a CPU, where known. */
  waited: ReadonlyMap<string, number>;
}

export function baselineOf(table: readonly ProcessStat[], atMs: number): Baseline {
  return {
    atMs,
    ticks: new Map(table.map((stat) => [identityKey(stat), stat.cpuTicks])),
    waited: waitedByProcess(table),
  };
}

/** Unchanged arguments remain the same object, because results are cached by that object. */
function read(pid: number, before: ProgramFacts | null): ProgramFacts {
  const argv = readArguments(pid);
  if (before !== null && before.argv.join("\0") === argv.join("\0")) return before;
  let cookie: { value: string | null } | null = null;
  return {
    argv,
    // Most processes are excluded before their environment is read.
    get cookie() {
      cookie ??= { value: readCookie(pid) };
      return cookie.value;
    },
  };
}
