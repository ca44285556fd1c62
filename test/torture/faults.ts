import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import type { KeeperClaim } from "../../src/contract/keeper.ts";
import type { PrivateServer } from "../containment/private-server.ts";
import { realKeeper, signalArguments } from "../crash/points.ts";
import type { Disk } from "./disk.ts";
import type { Journal } from "./journal.ts";
import type { Random } from "./random.ts";

const run = promisify(execFile);
const dayMs = 86_400_000;

/** Causes the faults, one at a time, and starts a server again after each. */
export class Faults {
  readonly #server: PrivateServer;
  readonly #journal: Journal;
  readonly #disk: Disk | null;
  readonly #random: Random;
  #offsetMs = 0;

  constructor(server: PrivateServer, journal: Journal, disk: Disk | null, random: Random) {
    this.#server = server;
    this.#journal = journal;
    this.#disk = disk;
    this.#random = random;
  }

  async run(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      await delay(this.#random.between(100, 1200));
      if (this.#server.hasDied()) {
        this.#journal.violations.push(
          `the server ended without a signal: ${this.#server.lastOutput()}`,
        );
        await this.startAgain();
      }
      await this.#turn();
    }
    this.#disk?.free();
  }

  async #turn(): Promise<void> {
    const dice = this.#random.next();
    if (dice < 0.4) await this.#hit("server killed", () => this.#killServer());
    else if (dice < 0.65) await this.#hit("keeper killed", () => this.#killKeeper());
    else if (dice < 0.72) await this.#hit("server and keeper killed", () => this.#killBoth());
    else if (dice < 0.79) await this.#hit("server ended in order", () => this.#end());
    else if (dice < 0.86) await this.#hit("clock set", () => this.#setClock());
    else if (dice < 0.93) await this.#hit("descriptors run out", () => this.#fewDescriptors());
    else if (this.#disk !== null) await this.#hit("disk full", () => this.#fullDisk());
  }

  async #hit(what: string, fault: () => Promise<void>): Promise<void> {
    this.#journal.count(what);
    await fault();
  }

  /** With the disk full it cannot start; then the disk gets room first. Nor where another's load takes every process. */
  async startAgain(): Promise<void> {
    await this.#server.kill();
    for (let tries = 0; ; tries += 1) {
      try {
        return await this.#server.start({ HOLDFAST_CLOCK_OFFSET_MS: String(this.#offsetMs) });
      } catch (error) {
        await this.#server.kill();
        this.#disk?.free();
        if (tries === 10) throw error;
        await delay(tries * 500);
      }
    }
  }

  async #killServer(): Promise<void> {
    await this.#server.kill();
    if (this.#random.chance(0.3)) await delay(this.#random.between(0, 1500));
    await this.startAgain();
  }

  async #end(): Promise<void> {
    await this.#server.kill("SIGTERM");
    await this.startAgain();
  }

  async #setClock(): Promise<void> {
    this.#offsetMs = this.#random.between(-dayMs, dayMs);
    await this.startAgain();
  }

  /** By the recorded identity of a keeper that has not ended. */
  async #killKeeper(): Promise<void> {
    const folder = join(this.#server.stateDir, "attempts");
    const open = readdirSync(folder).filter(
      (name) =>
        existsSync(join(folder, name, "keeper.json")) &&
        !existsSync(join(folder, name, "exit.json")),
    );
    const attempt = this.#random.pick(open);
    if (attempt === undefined) return;
    let claim: KeeperClaim;
    try {
      claim = JSON.parse(readFileSync(join(folder, attempt, "keeper.json"), "utf8")) as KeeperClaim;
    } catch {
      return; // It ended and was removed in between.
    }
    if (claim.keeper === undefined) return;
    this.#journal.killedKeepers.add(attempt);
    const command = signalArguments("KILL", claim.boot_id, claim.keeper);
    await run(realKeeper, command).catch(() => undefined);
  }

  async #killBoth(): Promise<void> {
    await this.#server.kill();
    await this.#killKeeper();
    await this.startAgain();
  }

  /** Fewer than it has open: every new file, socket or process is refused. */
  async #fewDescriptors(): Promise<void> {
    const pid = String(this.#server.pid);
    await run("prlimit", ["--pid", pid, "--nofile=20:"]).catch(() => undefined);
    await delay(this.#random.between(100, 1000));
    await run("prlimit", ["--pid", pid, "--nofile=1024:"]).catch(() => undefined);
  }

  async #fullDisk(): Promise<void> {
    this.#disk?.fill();
    await delay(this.#random.between(200, 2000));
    if (this.#random.chance(0.4)) await this.startAgain();
    await delay(this.#random.between(0, 500));
    this.#disk?.free();
  }
}
