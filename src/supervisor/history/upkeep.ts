import { statSync } from "node:fs";
import { join } from "node:path";
import { backupsIn, hasRoom, makeBackup, pruneBackups } from "../../store/backups.ts";
import type { Journal } from "../../store/journal.ts";
import { inQuarantine } from "../../store/quarantine.ts";
import type { Timer } from "../../system/clock.ts";
import { reconcile, type RecoverParts } from "../recovery/recover-all.ts";

const reported = 20;
const settleMs = 1000;
const checkMs = 10 * 60_000;
// A launch creates its folder some milliseconds before the store knows of it.
const youngMs = 60_000;
const dayMs = 24 * 3_600_000;
// Restoring reads this much at most beside the backup, a second's work.
const journalBytes = 64 * 1024 * 1024;

/**
 * Maintains the store outside of requests. A second after a commit the journal is flushed and, if no
 * further commit came, the write-ahead log is truncated; once a day, and when the journal has grown
 * long, a backup is made.
 */
export class Upkeep {
  readonly #context: () => RecoverParts;
  #settling: Timer | null = null;
  #checking: Timer | null = null;
  #writes = 0;
  #backingUp = false;
  #closed = false;
  readonly #contradictions: string[] = [];
  /** Why the last backup failed, and when. */
  #failure: { why: string; monotonicMs: number } | null = null;

  constructor(context: () => RecoverParts) {
    this.#context = context;
  }

  open(): void {
    const { store } = this.#context();
    if (store.journal === null) return;
    store.onWritten = () => this.#written();
    this.#written();
    this.#checkLater();
  }

  close(): void {
    this.#closed = true;
    this.#context().store.onWritten = () => undefined;
    this.#settling?.cancel();
    this.#checking?.cancel();
  }

  /** What is shown until this server ends. What stays is found in every round, and shown once. */
  report(contradictions: readonly string[]): void {
    const shown = new Set(this.#contradictions);
    this.#contradictions.push(...contradictions.filter((text) => !shown.has(text)));
    this.#contradictions.splice(0, Math.max(0, this.#contradictions.length - reported));
  }

  /** For people. */
  async warnings(): Promise<string[]> {
    const { store, config } = this.#context();
    if (store.journal === null) return this.#contradictions;
    const { quarantineDir, journalDir, backupsDir } = config.paths;
    const kept = (await inQuarantine(quarantineDir)).length;
    return [
      ...this.#contradictions,
      ...(store.journal.isBehind
        ? [
            `the disk does not take the store's journal, ${journalDir}: commits are now recorded only in the database`,
          ]
        : []),
      ...(this.#failure === null
        ? []
        : [`no backup of the store in ${backupsDir}: ${this.#failure.why}`]),
      ...(kept === 0
        ? []
        : [
            `${kept} ${kept === 1 ? "entry is" : "entries are"} in quarantine: ${quarantineDir}; each has a reason.txt, and only you remove them`,
          ]),
    ];
  }

  #written(): void {
    this.#writes += 1;
    if (this.#settling !== null || this.#closed) return;
    const before = this.#writes;
    this.#settling = this.#context().clock.after(settleMs, () => {
      this.#settling = null;
      this.#settle(before).catch(this.#failed("putting the write-ahead log away"));
    });
  }

  async #settle(before: number): Promise<void> {
    const { store, log } = this.#context();
    const { journal } = store;
    if (this.#closed || journal === null) return;
    try {
      await journal.sync();
    } catch (error) {
      log.warn({ err: error }, "flushing the journal");
    }
    if (this.#closed) return;
    if (this.#writes === before) store.checkpoint();
    else this.#written();
    if (journal.needsBackup || journal.bytes > this.#longestJournal()) await this.#backUp(journal);
  }

  /** Of a large database, a copy is made after a part of it has changed: it costs as much as all of it. */
  #longestJournal(): number {
    const { database } = this.#context().config.paths;
    const size = statSync(database, { throwIfNoEntry: false })?.size ?? 0;
    return Math.max(journalBytes, size / 4);
  }

  #checkLater(): void {
    this.#checking = this.#context().clock.after(checkMs, () => {
      this.#check().catch((error: unknown) => {
        this.#failed("maintaining the store")(error);
        if (!this.#closed) this.#checkLater();
      });
    });
  }

  /** A damaged page must not end the server: it is reported, and jobs can still be stopped. */
  #failed(doing: string): (error: unknown) => void {
    return (error) => this.#context().log.error({ err: error }, doing);
  }

  async #check(): Promise<void> {
    const { store, config, clock, database } = this.#context();
    if (this.#closed || store.journal === null) return;
    // Another state folder may be there by now: nothing of this one belongs in it.
    if (database.state() !== "in place") return this.#checkLater();
    await this.#reconcile();
    const [newest] = backupsIn(config.paths.backupsDir);
    const ageMs = newest === undefined ? Infinity : clock.nowMs() - newest.madeAtMs;
    // From the future: the clock was set back.
    const isOld = ageMs >= dayMs || ageMs < 0;
    if (isOld && store.commits > (newest?.commits ?? 0)) await this.#backUp(store.journal);
    if (!this.#closed) this.#checkLater();
    if (backupsIn(config.paths.backupsDir).length > 0)
      await this.#prune(store.journal).catch(this.#failed("removing old backups"));
  }

  async #prune(journal: Journal): Promise<void> {
    if (this.#closed) return;
    const { config, clock } = this.#context();
    const stay = await pruneBackups(config.paths.backupsDir, clock.nowMs());
    if (this.#closed) return;
    const oldest = stay.at(-1);
    journal.prune(oldest?.commits ?? 0);
  }

  async #reconcile(): Promise<void> {
    const context = this.#context();
    const { config, clock } = context;
    const isOld = (name: string) => {
      const made = statSync(join(config.paths.attemptsDir, name), { throwIfNoEntry: false });
      return made !== undefined && Math.abs(clock.nowMs() - made.mtimeMs) > youngMs;
    };
    this.report(await reconcile(context, isOld));
  }

  async #backUp(journal: Journal): Promise<void> {
    const { config, log, clock } = this.#context();
    const { database, backupsDir, stateDir } = config.paths;
    const nowMs = clock.monotonicMs();
    if (this.#backingUp || this.#context().database.state() !== "in place") return;
    if (this.#failure !== null && nowMs - this.#failure.monotonicMs < checkMs) return;
    this.#backingUp = true;
    try {
      if (!hasRoom(database, stateDir)) throw new Error("the disk is nearly full");
      journal.rotate();
      journal.needsBackup = false;
      const { path, commits } = await makeBackup(database, backupsDir);
      await this.#prune(journal);
      this.#failure = null;
      log.info({ path, commits }, "the store was backed up");
    } catch (error) {
      journal.needsBackup = true;
      this.#failure = { why: (error as Error).message, monotonicMs: nowMs };
      log.warn({ err: error }, "backing up the store");
    } finally {
      this.#backingUp = false;
    }
  }
}
