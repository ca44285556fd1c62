import type { JobProcesses } from "../../client/client.ts";
import { formatDuration, formatSize } from "../../contract/units.ts";
import { table, type Column, type Page } from "./page.ts";

type JobProcess = JobProcesses["processes"][number];

interface Placed {
  process: JobProcess;
  /** What connects it with its parent. */
  branch: string;
}

const columns: readonly Column<Placed>[] = [
  { title: "PID", align: "right", cell: ({ process }) => String(process.pid) },
  { title: "STATE", cell: ({ process }) => stateOf(process) },
  { title: "CPU", align: "right", cell: ({ process }) => formatDuration(process.cpuMs) },
  { title: "MEMORY", align: "right", cell: ({ process }) => sizeOf(process) },
  { title: "AGE", align: "right", cell: ({ process }) => formatDuration(process.ageMs) },
  { title: "TIED BY", least: 8, cell: ({ process }) => process.ties.join(" ") },
  { title: "COMMAND", least: 12, cell: ({ process, branch }) => branch + process.command },
];

/** A job's processes as a tree: children below their parents, in order of age. */
export function processTree(processes: readonly JobProcess[]): Page {
  return [table(inTreeOrder(processes), columns)];
}

function stateOf({ state, waitChannel }: JobProcess): string {
  return waitChannel === null || state !== "D" ? state : `D ${waitChannel}`;
}

function sizeOf({ residentBytes }: JobProcess): string {
  return residentBytes === null ? "" : formatSize(residentBytes);
}

/** Depth first. A process whose parent is not among them is a root. */
function inTreeOrder(processes: readonly JobProcess[]): Placed[] {
  const pids = new Set(processes.map(({ pid }) => pid));
  const oldestFirst = processes.toSorted((a, b) => b.ageMs - a.ageMs || a.pid - b.pid);
  const childrenOf = Map.groupBy(oldestFirst, ({ ppid }) => ppid);
  const ordered: Placed[] = [];
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
