import { parseStat, type ProcessStat } from "../../processes/proc-stat.ts";
import type { Machine, Space } from "../machine.ts";

/** A machine made of recorded texts, by path. Tests change them between samples. */
export class FakeMachine implements Machine {
  readonly frozen = new Set<number>();
  readonly texts = new Map<string, string>();
  readonly links = new Map<string, string>();
  readonly spaces = new Map<string, Space>();
  readonly said = new Map<string, string>();
  readonly pages = new Map<string, string>();

  constructor(texts: Record<string, string> = {}) {
    this.put(texts);
  }

  put(texts: Record<string, string>): this {
    for (const [path, text] of Object.entries(texts)) this.texts.set(path, text);
    return this;
  }

  text(path: string): string | null {
    return this.texts.get(path) ?? null;
  }

  names(path: string): string[] | null {
    const paths = [...this.texts.keys(), ...this.links.keys()];
    const below = paths.filter((one) => one.startsWith(`${path}/`));
    if (below.length === 0) return null;
    return [...new Set(below.map((one) => one.slice(path.length + 1).split("/")[0] ?? ""))];
  }

  bytes(path: string): number | null {
    return this.texts.get(path)?.length ?? null;
  }

  link(path: string): string | null {
    return this.links.get(path) ?? null;
  }

  processes(): ProcessStat[] {
    return (this.names("/proc") ?? []).flatMap((name) => {
      const text = this.text(`/proc/${name}/stat`);
      return (text === null ? null : parseStat(text)) ?? [];
    });
  }

  async stack(): Promise<null> {
    return null;
  }

  isFrozen(pid: number): boolean {
    return this.frozen.has(pid);
  }

  async space(path: string): Promise<Space | null> {
    return this.spaces.get(path) ?? null;
  }

  async outputOf(program: string, args: readonly string[]): Promise<string | null> {
    return this.said.get([program, ...args].join(" ")) ?? null;
  }

  async page(url: string): Promise<string | null> {
    return this.pages.get(url) ?? null;
  }
}

/** A line of `/proc/PID/stat`. */
export function statLine(given: Partial<ProcessStat> & { pid: number }): string {
  const { pid, comm = "sh", state = "S", ppid = 1, session = pid } = given;
  const { processGroup = session, threads = 1, start = 1000, cpuTicks = 0 } = given;
  const before = `${pid} (${comm}) ${state} ${ppid} ${processGroup} ${session} 0 -1 0 0 0 0 0`;
  return `${before} ${cpuTicks} 0 0 0 20 0 ${threads} 0 ${start} 0 0`;
}
