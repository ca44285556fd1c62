import type { Look } from "./families.ts";

/** A process to be made, with those below it; see director.py. */
export interface Node extends Look {
  env?: Record<string, string>;
  setsid?: boolean;
  setpgid?: boolean;
  nohup?: boolean;
  uid?: number;
  /** A folder of the cgroup file system that it enters. */
  cgroup?: string;
  /** Children of the dead below it fall to it. */
  subreaper?: boolean;
  /** Its children are in a PID namespace of their own; the first of them is its process 1. */
  pidNamespace?: boolean;
  /** Starts in a later tick of the kernel's clock than what was made before it. */
  later?: boolean;
  /** Of an orphan's tree: lives on, and is none itself. */
  bystander?: boolean;
  /** Once its children run. */
  dies?: boolean;
  /** Forks this many workers, which execute nothing: the main process of a pool. */
  forks?: number;
  /** With shared memory that it has in common with them. */
  shares?: boolean;
  children?: Node[];
}

/** A tree of the zoo, and what its maker knows about it. */
export interface Tree {
  species: string;
  truth: "orphan" | "innocent";
  /** Of an orphan: by which rule, or null: without one, by its place and cost. */
  rule: string | null;
  node: Node;
}

/** It falls to process 1: its parent is gone, and so is the session's leader. */
export function abandoned(...children: Node[]): Node {
  return { argv: ["bash"], comm: "bash", setsid: true, dies: true, children };
}

/** It falls to process 1 and leads a session of its own, as daemons do. */
export function daemon(look: Look, rest: Partial<Node> = {}): Node {
  const child: Node = { ...look, setsid: true, ...rest };
  return { argv: ["sh"], comm: "sh", dies: true, children: [child] };
}

/** The leader of a session whose parent is the maker. */
export function session(look: Look, ...children: Node[]): Node {
  return { ...look, setsid: true, children };
}
