import type { Appearance } from "./families.ts";

/** A process to start, with those below it; see director.py. */
export interface Node extends Appearance {
  env?: Record<string, string>;
  setsid?: boolean;
  setpgid?: boolean;
  nohup?: boolean;
  uid?: number;
  /** A folder of the cgroup file system that it enters. */
  cgroup?: string;
  /** It is a subreaper: orphaned processes below it become its children. */
  subreaper?: boolean;
  /** Its children are in a new PID namespace; the first of them is process 1 there. */
  pidNamespace?: boolean;
  /** Starts in a later tick of the kernel's clock than the processes started before it. */
  later?: boolean;
  /** In an orphan's tree: it stays alive and is not an orphan. */
  bystander?: boolean;
  /** It ends once its children run. */
  dies?: boolean;
  /** The main process of a pool: forks this many workers, which execute no program. */
  forks?: number;
  /** It shares memory with them. */
  shares?: boolean;
  children?: Node[];
}

/** A tree of the zoo, with the truth about it. */
export interface Tree {
  species: string;
  truth: "orphan" | "innocent";
  /**
   * For an orphan: the rule that must find it. Null: it is found by its place and cost, without a
   * rule.
   */
  rule: string | null;
  node: Node;
}

/** It becomes a child of process 1: its parent and its session leader are gone. */
export function abandoned(...children: Node[]): Node {
  return { argv: ["bash"], comm: "bash", setsid: true, dies: true, children };
}

/** It becomes a child of process 1 and leads its own session, as daemons do. */
export function daemon(appearance: Appearance, rest: Partial<Node> = {}): Node {
  const child: Node = { ...appearance, setsid: true, ...rest };
  return { argv: ["sh"], comm: "sh", dies: true, children: [child] };
}

/** The leader of a session whose parent is the maker. */
export function session(appearance: Appearance, ...children: Node[]): Node {
  return { ...appearance, setsid: true, children };
}
