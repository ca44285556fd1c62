import { renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, isAbsolute } from "node:path";
import { z } from "zod";
import { isGone } from "../processes/proc-stat.ts";
import { NotRegular, readRegularFile } from "../system/regular-file.ts";
import { removeGroup } from "./cgroup.ts";
import { rootName, rootsOf, type CgroupRoots } from "./cgroup-roots.ts";
import { removeStraysIn } from "./stray-groups.ts";

const damages = [NotRegular, SyntaxError, z.ZodError];
const longest = 64 * 1024;
const record = z.object({ version: z.literal(1), roots: z.array(z.string()) });

/**
 * Where groups were made for this state folder. A server that is killed leaves them behind, and the next
 * one may be in another cgroup and make its own elsewhere: without a record they would stay until a reboot.
 */
export class RecordedRoots {
  readonly #path: string;
  readonly #name: string;

  constructor(path: string, instance: string) {
    this.#path = path;
    this.#name = rootName(instance);
  }

  /** Removes earlier ones without processes, and records the others and the current ones. */
  begin(current: CgroupRoots, nowMs: number): void {
    const used = rootsOf(current);
    const earlier = this.#read().filter((root) => !used.includes(root));
    for (const root of earlier) removeStraysIn(root, nowMs);
    this.#write([...used, ...earlier.filter((root) => !isRemoved(root, rmdirSync))]);
  }

  /** Removes those that have no group of an attempt. */
  end(): void {
    this.#remove(rmdirSync);
  }

  /** Removes those without processes, with the groups of attempts. No attempt may live or start. */
  removeAll(): void {
    this.#remove(removeGroup);
  }

  #remove(remove: Remove): void {
    const left = this.#read().filter((root) => !isRemoved(root, remove));
    if (left.length > 0) this.#write(left);
    else rmSync(this.#path, { force: true });
  }

  /** Only groups of this name: the record of a copied state folder names the original's. */
  #read(): string[] {
    try {
      const { roots } = record.parse(JSON.parse(readRegularFile(this.#path, longest)));
      return roots.filter((root) => isAbsolute(root) && basename(root) === this.#name);
    } catch (error) {
      // A damaged record is replaced. What it named stays until a reboot.
      if (isGone(error) || damages.some((kind) => error instanceof kind)) return [];
      throw error;
    }
  }

  #write(roots: readonly string[]): void {
    const beside = `${this.#path}.new`;
    writeFileSync(beside, JSON.stringify({ version: 1, roots }), { mode: 0o600 });
    renameSync(beside, this.#path);
  }
}

type Remove = (root: string) => boolean | void;

/** Whether it is gone. The kernel removes no group that has a process or a sub-group. */
function isRemoved(root: string, remove: Remove): boolean {
  try {
    return remove(root) !== false;
  } catch (error) {
    return isGone(error);
  }
}
