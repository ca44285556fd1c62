import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Node, Tree } from "./tree.ts";

const director = join(import.meta.dirname, "director.py");
const animal = resolve(import.meta.dirname, "../../../build/fixtures/zoo-animal");

/** A tree with its started processes. */
export interface LivingTree extends Tree {
  pids: number[];
  /** Pids of the processes that are not part of the orphan. */
  bystanders: number[];
}

interface Place {
  tree: number;
  bystander: boolean;
}

/** Trees of processes that live until the zoo is closed, or until this program ends in any way. */
export class Zoo {
  readonly trees: readonly LivingTree[];
  readonly #director: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(trees: readonly LivingTree[], maker: ChildProcess, ended: Promise<unknown>) {
    this.trees = trees;
    this.#director = maker;
    this.#ended = ended;
  }

  static async open(trees: readonly Tree[]): Promise<Zoo> {
    const { HOLDFAST_ATTEMPT: _, ...env } = process.env;
    const maker = spawn("/usr/bin/python3", [director, animal], {
      detached: true,
      env,
      stdio: ["pipe", "pipe", "inherit"],
    });
    const lines = createInterface({ input: maker.stdout });
    // Every process of the zoo has it as standard output, so it ends with the last of them.
    const ended = Promise.all([once(lines, "close"), once(maker, "exit")]);
    const places: Place[] = [];
    const nodes = trees.map(({ node }, tree) => withIds(node, tree, places));
    maker.stdin.write(`${JSON.stringify(nodes)}\n`);
    const living = trees.map((tree): LivingTree => ({ ...tree, pids: [], bystanders: [] }));
    const { promise, resolve: isReady, reject } = Promise.withResolvers<void>();
    lines.on("line", (line) => {
      const [id = "", pid = ""] = line.split(" ");
      if (id === "ready") return isReady();
      const { tree = -1, bystander = false } = places[Number(id)] ?? {};
      living[tree]?.[bystander ? "bystanders" : "pids"].push(Number(pid));
    });
    lines.on("close", () => reject(new Error("the maker of the zoo ended before it was ready")));
    await promise;
    return new Zoo(living, maker, ended);
  }

  /** Resolves when none of its processes is alive. */
  async close(): Promise<void> {
    this.#director.stdin?.end();
    await this.#ended;
  }
}

/** Numbers all nodes and maps them to their trees. */
function withIds(node: Node, tree: number, places: Place[]): object {
  const id = places.push({ tree, bystander: node.bystander === true }) - 1;
  return {
    ...node,
    id,
    children: (node.children ?? []).map((child) => withIds(child, tree, places)),
  };
}
