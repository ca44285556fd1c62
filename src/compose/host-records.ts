import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { ownPidNamespace } from "../processes/pid-namespace.ts";
import { bootId } from "../processes/boot.ts";
import { visibleStat } from "../processes/proc-stat.ts";

/** A command host that a server of this runtime folder started. */
interface HostRecord {
  pid: number;
  /** Clock ticks since boot. */
  start: number;
}

/**
 * Command hosts outlive their server by the commands that run in them. A server records each host that it starts,
 * so that the next server can name the clients of their requests. A file in the runtime folder: a line for each
 * host, `PID START BOOT NAMESPACE`. Records of hosts that have ended are dropped at the next start of a host.
 */
export class HostRecords {
  readonly #path: string;
  #known: readonly HostRecord[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  /** Reads what earlier servers have recorded; what this one has recorded is kept. Throws if the file cannot be read. */
  open(): void {
    const read = linesOf(this.#path).flatMap((line) => recordIn(line) ?? []);
    this.#known = [...this.#known, ...read].filter(lives);
  }

  /** Throws if it cannot be written. */
  add(pid: number): void {
    const stat = visibleStat(pid);
    if (stat === null) return;
    this.#known = [...this.#known.filter(lives), { pid, start: stat.start }];
    const lines = this.#known.map((record) => `${record.pid} ${record.start} ${here()}\n`);
    const temporary = `${this.#path}.new`;
    writeFileSync(temporary, lines.join(""), { mode: 0o600 });
    renameSync(temporary, this.#path);
  }

  /** Whether the process that now has this pid is a host on record. */
  has(pid: number): boolean {
    const record = this.#known.find((one) => one.pid === pid);
    return record !== undefined && lives(record);
  }
}

function lives({ pid, start }: HostRecord): boolean {
  return visibleStat(pid)?.start === start;
}

/** The boot and the PID namespace in which a pid of this server is valid. */
function here(): string {
  return `${bootId()} ${ownPidNamespace()?.inode ?? "-"}`;
}

function recordIn(line: string): HostRecord | null {
  const [, pid, start, place] = /^(\d+) (\d+) (\S+ \S+)$/.exec(line) ?? [];
  return place === here() ? { pid: Number(pid), start: Number(start) } : null;
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, "utf8").split("\n");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
