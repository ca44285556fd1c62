import type { JobProcesses } from "../../client/client.ts";
import { formatDuration, formatSize } from "../../contract/units.ts";
import { printable } from "./printable.ts";
import { table, type Column } from "./table.ts";

type JobProcess = JobProcesses["processes"][number];

const columns: readonly Column[] = [
  { title: "PID", align: "right", gives: false, least: 0 },
  { title: "STATE", align: "left", gives: false, least: 0 },
  { title: "CPU", align: "right", gives: false, least: 0 },
  { title: "MEMORY", align: "right", gives: false, least: 0 },
  { title: "AGE", align: "right", gives: false, least: 0 },
  { title: "TIED BY", align: "left", gives: true, least: 8 },
  { title: "COMMAND", align: "left", gives: true, least: 12 },
];

/** A job's processes as a tree: children below their parents, in order of age. */
export function processTree(processes: readonly JobProcess[], width: number | null): string[] {
  const rows = inTreeOrder(processes).map(({ process, branch }) => [
    String(process.pid),
    process.waitChannel === null || process.state !== "D"
      ? process.state
      : `D ${process.waitChannel}`,
    formatDuration(process.cpuMs),
    process.residentBytes === null ? "" : formatSize(process.residentBytes),
    formatDuration(process.ageMs),
    process.ties.join(" "),
    branch + printable(process.command),
  ]);
  return table(columns, rows, width);
}

/** Depth first. A process whose parent is not among them is a root. */
function inTreeOrder(processes: readonly JobProcess[]): { process: JobProcess; branch: string }[] {
  const pids = new Set(processes.map(({ pid }) => pid));
  const oldestFirst = processes.toSorted((a, b) => b.ageMs - a.ageMs || a.pid - b.pid);
  const childrenOf = Map.groupBy(oldestFirst, ({ ppid }) => ppid);
  const ordered: { process: JobProcess; branch: string }[] = [];
  const visit = (process: JobProcess, indent: string, branch: string) => {
    ordered.push({ process, branch });
    const children = childrenOf.get(process.pid) ?? [];
    for (const [index, child] of children.entries()) {
      const isLast = index === children.length - 1;
      visit(child, `${indent}${isLast ? "   " : "│  "}`, `${indent}${isLast ? "└─ " : "├─ "}`);
    }
  };
  for (const root of oldestFirst.filter(({ ppid }) => !pids.has(ppid))) visit(root, "", "");
  return ordered;
}
