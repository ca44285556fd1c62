import {
  closeSync,
  constants,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { lineOf, type JournalCommit, type JournalHeader } from "./journal-line.ts";
import { journalEnd, journalFiles } from "./journal-reader.ts";

// What the disk does not take waits in memory, up to this.
const waitingBytes = 1024 * 1024;

// At the end of the file also after a part of a line was cut off it.
const truncating = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_APPEND;

const flush = promisify(fdatasync);

/** What a journal finds when it is opened. */
export interface Before {
  /** Its last line is the database's last commit. */
  continues: boolean;
  /** The commits that the newest backup has; 0: there is none. */
  backedUp: number;
}

/**
 * A second record of every commit, beside the database: what SQLite loses when its write-ahead log
 * is removed, cut or exchanged is restored from here, and noticed because of it.
 *
 * A line is written after its COMMIT and before the answer, so the journal never contains what was
 * not committed and never lacks what was acknowledged. It is not flushed with each line: SQLite
 * flushes its own log, so what a power cut takes from the journal is in the database. A damaged
 * database *and* a power cut together may lose the last second.
 */
export class Journal {
  readonly #folder: string;
  #header: JournalHeader;
  #file: number;
  #bytes: number;
  #waiting: string[] = [];
  #last: number;
  /**
   * It does not connect to the earlier commits: a commit is missing in it, and backup and journal
   * restore the store again only after a new backup.
   */
  needsBackup: boolean;

  /** Continues after the database's last commit: in the newest file if that `continues` it. */
  static open(folder: string, header: JournalHeader, { continues, backedUp }: Before): Journal {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const files = journalFiles(folder);
    const newest = files.at(-1);
    if (!continues || newest === undefined)
      return new Journal(folder, header, { path: null, needsBackup: !header.empty });
    const isComplete = files.length === 1 && journalEnd(folder)?.fromEmpty === true;
    const needsBackup = !isComplete && newest.from > backedUp + 1;
    return new Journal(folder, header, { path: newest.path, needsBackup });
  }

  private constructor(
    folder: string,
    header: JournalHeader,
    { path, needsBackup }: { path: string | null; needsBackup: boolean },
  ) {
    this.#folder = folder;
    this.#header = header;
    this.#last = header.from - 1;
    this.needsBackup = needsBackup;
    this.#file = openSync(path ?? pathIn(folder, header), path === null ? truncating : "a", 0o600);
    this.#bytes = fstatSync(this.#file).size;
    // A line that a crash cut off ends here.
    this.#waiting.push(path === null ? lineOf(header) : "\n");
    this.#write();
    this.#syncFolder();
  }

  /** Never throws: the commit is valid even if its second record is lost. */
  append(commit: JournalCommit): void {
    this.#last = commit.number;
    this.#waiting.push(lineOf(commit));
    this.#write();
  }

  /** Of the file that is written now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The disk does not take what the journal has to record. */
  get isBehind(): boolean {
    return this.#waiting.length > 0;
  }

  async sync(): Promise<void> {
    this.#write();
    await flush(this.#file);
  }

  /** Continues in a new file, before a backup: the backup and the new file are then enough to restore the store. */
  rotate(): void {
    if (this.#last === this.#header.from - 1) return;
    this.#write();
    const before = this.#begin();
    try {
      fdatasyncSync(before);
    } finally {
      closeSync(before);
    }
    this.#write();
    this.#syncFolder();
  }

  /** A new file for what follows. Returns the previous file. */
  #begin(): number {
    const before = this.#file;
    const header = { ...this.#header, from: this.#last + 1, empty: false };
    this.#file = openSync(pathIn(this.#folder, header), truncating, 0o600);
    this.#header = header;
    this.#bytes = 0;
    this.#waiting = [lineOf(header)];
    return before;
  }

  /** Removes what is not needed to restore the store from a backup with `commits` commits, or a later one. */
  prune(commits: number): void {
    const files = journalFiles(this.#folder);
    for (const [index, { path }] of files.entries()) {
      const next = files[index + 1];
      if (next !== undefined && next.from <= commits + 1) rmSync(path);
    }
  }

  close(): void {
    this.#write();
    fdatasyncSync(this.#file);
    closeSync(this.#file);
  }

  #write(): void {
    if (this.#waiting.length === 0) return;
    const text = Buffer.from(this.#waiting.join(""));
    try {
      if (writeSync(this.#file, text) !== text.length) throw new Error("a short write");
      this.#bytes += text.length;
      this.#waiting = [];
    } catch {
      this.#undoPart();
      if (text.length < waitingBytes) return;
      this.#leaveOut();
    }
  }

  /** A separate file also shows the next server that what follows does not connect. */
  #leaveOut(): void {
    this.#waiting = [];
    this.needsBackup = true;
    try {
      closeSync(this.#begin());
    } catch {
      // No room for a file either: the gap is in this one.
    }
  }

  #undoPart(): void {
    try {
      ftruncateSync(this.#file, this.#bytes);
    } catch {
      // The part of a line stays; its checksum does not fit, and the whole line follows.
      this.#waiting.unshift("\n");
    }
  }

  #syncFolder(): void {
    const folder = openSync(this.#folder, "r");
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  }
}

function pathIn(folder: string, { from }: JournalHeader): string {
  return join(folder, `${String(from).padStart(12, "0")}.log`);
}
