import { readdirSync, readFileSync } from "node:fs";

export interface Marked {
  pid: number;
  command: string;
}

/** Processes with this in their environment, and what they are called. Zombies have none, and do not count. */
export function markedWith(name: string, value: string): Marked[] {
  const wanted = `${name}=${value}\0`;
  return readdirSync("/proc").flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      if (!readFileSync(`/proc/${entry}/environ`, "latin1").includes(wanted)) return [];
      const command = readFileSync(`/proc/${entry}/comm`, "latin1").trim();
      return [{ pid: Number(entry), command }];
    } catch {
      return []; // it has ended
    }
  });
}
