import { readdirSync, readFileSync } from "node:fs";

/** A process as /proc shows it. Shares no code with src/, so that it is an independent check. */
export interface Living {
  pid: number;
  parent: number;
  session: number;
  /** Clock ticks since boot: with the pid, its identity. */
  startTicks: string;
  state: string;
  command: string;
}

/**
 * Every process with `mark` in its environment, and all their descendants and sessions. Zombies
 * count: a parent still has to reap them.
 */
export function livingWith(mark: string): Living[] {
  const all = allProcesses();
  const found = new Set(all.filter(({ pid }) => environmentOf(pid).includes(mark)));
  for (let grown = -1; grown !== found.size;) {
    grown = found.size;
    const pids = new Set([...found].map(({ pid }) => pid));
    const sessions = new Set([...found].map(({ session }) => session));
    sessions.delete(sessionOf(process.pid, all));
    for (const one of all) if (pids.has(one.parent) || sessions.has(one.session)) found.add(one);
  }
  return [...found].filter(({ pid }) => pid !== process.pid);
}

function sessionOf(pid: number, all: readonly Living[]): number {
  return all.find((one) => one.pid === pid)?.session ?? 0;
}

function allProcesses(): Living[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => read(Number(name)) ?? []);
}

/** Null when it went away in between. */
export function read(pid: number): Living | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The command is in parentheses and may contain some itself.
    const end = stat.lastIndexOf(")");
    const command = stat.slice(stat.indexOf("(") + 1, end);
    const [state = "", parent = "", , session = ""] = stat.slice(end + 2).split(" ");
    const startTicks = stat.slice(end + 2).split(" ")[19] ?? "";
    return { pid, parent: Number(parent), session: Number(session), startTicks, state, command };
  } catch {
    return null;
  }
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1");
  } catch {
    return "";
  }
}

/** Whether this very process is still there. */
export function isSame(one: Living): boolean {
  return read(one.pid)?.startTicks === one.startTicks;
}
