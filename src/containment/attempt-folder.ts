import { constants, mkdirSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename, join, normalize } from "node:path";
import type { z } from "zod";
import {
  claim,
  exitRecord,
  type ExitRecord,
  type IntentRecord,
  intentRecord,
  type KeeperClaim,
  type VoidClaim,
} from "../contract/keeper.ts";
import { claimDurably, flushFile, syncFolder } from "../system/durable-files.ts";
import { failpoint } from "../system/failpoints.ts";
import { NotRegular, readRegularFile } from "../system/regular-file.ts";

/**
 * One attempt's records on disk. The payload runs as the same user and may write
 * here: a record is taken only if it is a regular file of sane size that fits its
 * schema and names this attempt; anything else is `Unreadable`, never a crash.
 *
 * What only touches the cache is done at once: such a call takes some 20 microseconds, and handing
 * it to Node's thread pool ten times as long, while a job waits. Flushes go to the pool.
 */

// exit.json with 1,024 processes is about 150 KiB.
const recordLimitBytes = 1024 * 1024;
// A command may have 2 MiB, and JSON up to six times as many.
const intentLimitBytes = 16 * 1024 * 1024;

export class UnreadableRecord extends Error {
  constructor(path: string, what: string, options?: ErrorOptions) {
    super(`${path}: ${what}`, options);
    this.name = "UnreadableRecord";
  }
}

export class AttemptFolder {
  readonly path: string;
  readonly attempt: string;

  constructor(attemptsDir: string, attempt: string) {
    this.path = join(attemptsDir, attempt);
    this.attempt = attempt;
  }

  file(
    name:
      | "output.log"
      | "stdout.log"
      | "stderr.log"
      | "progress"
      | "keeper.sock"
      | "keeper.log"
      | "container.id",
  ): string {
    return join(this.path, name);
  }

  /** Makes the folder with the intent in it. Not durable before `flush`. */
  async create(intent: IntentRecord): Promise<void> {
    mkdirSync(this.path, { recursive: false, mode: 0o700 });
    failpoint("folder.made");
    writeFileSync(this.#intent, JSON.stringify(intent), { mode: 0o600, flag: "wx" });
  }

  /** Puts intent and folder on the disk. Together: the file system makes one journal entry of the three. */
  async flush(): Promise<void> {
    await Promise.all([
      flushFile(this.#intent),
      syncFolder(this.path),
      syncFolder(join(this.path, "..")),
    ]);
  }

  readIntent(): Promise<IntentRecord | null> {
    return this.#read("intent.json", intentRecord);
  }

  readClaim(): Promise<KeeperClaim | VoidClaim | null> {
    return this.#read("keeper.json", claim);
  }

  readExit(): Promise<ExitRecord | null> {
    return this.#read("exit.json", exitRecord);
  }

  /** Of an attempt that has ended, at once. Null also if it cannot be read. */
  sealedExit(): ExitRecord | null {
    try {
      return this.#readNow("exit.json", exitRecord);
    } catch {
      return null;
    }
  }

  /**
   * Makes sure that no keeper will ever execute this attempt's payload.
   * Returns false if a keeper (or an earlier void) was first: read the claim.
   */
  async voidClaim(record: Omit<VoidClaim, "version" | "attempt" | "void">): Promise<boolean> {
    const text = JSON.stringify({ version: 1, attempt: this.attempt, void: true, ...record });
    return claimDurably(join(this.path, "keeper.json"), text);
  }

  /**
   * Written by podman or docker; the payload may have changed it. Null if it does not contain an id. Throws
   * if it could not be read: then it is unknown whether there is a container.
   */
  readContainerId(): string | null {
    try {
      const id = readRegular(this.file("container.id"))?.trim();
      return id !== undefined && /^[0-9a-f]{64}$/.test(id) ? id : null;
    } catch (error) {
      if (error instanceof UnreadableRecord) return null;
      throw error;
    }
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }

  get #intent(): string {
    return join(this.path, "intent.json");
  }

  async #read<T extends { attempt: string }>(
    name: string,
    schema: z.ZodType<T>,
  ): Promise<T | null> {
    return this.#readNow(name, schema);
  }

  #readNow<T extends { attempt: string }>(name: string, schema: z.ZodType<T>): T | null {
    const path = join(this.path, name);
    const text = readRegular(path, name === "intent.json" ? intentLimitBytes : recordLimitBytes);
    if (text === null) return null;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw new UnreadableRecord(path, "is not JSON", { cause: error });
    }
    const parsed = schema.safeParse(value);
    if (!parsed.success)
      throw new UnreadableRecord(path, parsed.error.issues[0]?.message ?? "does not fit");
    if (parsed.data.attempt !== this.attempt)
      throw new UnreadableRecord(path, "names another attempt");
    if (!ownGroups(parsed.data).every((group) => isNamedAfter(group, this.attempt)))
      throw new UnreadableRecord(path, "names groups that are not its own");
    return parsed.data;
  }
}

/** Everything in a recorded group is killed with it: a record may name only the attempt's own groups. */
function ownGroups(record: object): string[] {
  const { cgroup, cgroup_also } = record as Partial<KeeperClaim>;
  return [...(cgroup_also ?? []), ...(cgroup === null || cgroup === undefined ? [] : [cgroup])];
}

function isNamedAfter(group: string, attempt: string): boolean {
  return group === normalize(group) && basename(group) === attempt;
}

function readRegular(path: string, limitBytes = recordLimitBytes): string | null {
  try {
    return readRegularFile(path, limitBytes, constants.O_NOFOLLOW);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return null;
    if (code === "ELOOP") throw new UnreadableRecord(path, "is a link", { cause: error });
    if (error instanceof NotRegular) throw new UnreadableRecord(path, error.what, { cause: error });
    throw error;
  }
}
