import {
  closeSync,
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
import { journalFiles } from "./journal-reader.ts";

// What the disk does not take waits in memory, up to this.
const waitingBytes = 1024 * 1024;

const flush = promisify(fdatasync);

/**
 * A second record of every commit, beside the database: what SQLite loses when its write-ahead log
 * is removed, cut or exchanged is restored from here, and noticed because of it.
 *
 * A line is written after its COMMIT and before the answer, so the journal never tells of what was
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
   * It does not connect to what was there before: a commit is not in it, and only a new backup makes
   * backup and journal enough to restore the store.
   */
  needsBackup: boolean;

  /** Goes on after `last`, the database's own last commit. */
  static open(folder: string, header: JournalHeader, continues: boolean): Journal {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const newest = journalFiles(folder).at(-1);
    if (continues && newest !== undefined) return new Journal(folder, header, newest.path);
    return new Journal(folder, header, null);
  }

  private constructor(folder: string, header: JournalHeader, path: string | null) {
    this.#folder = folder;
    this.#header = header;
    this.#last = header.from - 1;
    this.needsBackup = path === null && !header.empty;
    this.#file = openSync(path ?? this.#path, path === null ? "w" : "a", 0o600);
    this.#bytes = fstatSync(this.#file).size;
    // A line that a crash cut off ends here.
    this.#waiting.push(path === null ? lineOf(header) : "\n");
    this.#write();
    this.#syncFolder();
  }

  /** Never throws: the commit stands, whatever becomes of its second record. */
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

  /** Goes on in a new file, before a backup: it and what follows are then enough to restore the store. */
  rotate(): void {
    if (this.#last === this.#header.from - 1) return;
    this.#write();
    const before = this.#file;
    this.#header = { ...this.#header, from: this.#last + 1, empty: false };
    this.#file = openSync(this.#path, "w", 0o600);
    fdatasyncSync(before);
    closeSync(before);
    this.#bytes = 0;
    this.#waiting = [lineOf(this.#header)];
    this.#write();
    this.#syncFolder();
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

  get #path(): string {
    return join(this.#folder, `${String(this.#header.from).padStart(12, "0")}.log`);
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
      this.#waiting = [];
      this.needsBackup = true;
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
