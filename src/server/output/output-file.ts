import { constants, watch, type FSWatcher } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import type { Clock, Timer } from "../../system/clock.ts";

/** The minimum interval of checks of a growing file, however often it is written to. */
const busyCheckMs = 25;
/** If the kernel gives no watch, or the file is not there yet. */
const idleCheckMs = 1000;

export interface Extent {
  sizeBytes: number;
  /** On disk; less than the size where there are holes. */
  allocatedBytes: number;
}

/**
 * One log file for all its followers: one descriptor, one watch.
 *
 * The watch fires once and is closed: a program that writes a hundred thousand times a second
 * would otherwise wake the server as often. After it fired the size is checked until it stops
 * changing; then the watch is set again.
 */
export class OutputFile {
  readonly path: string;
  readonly #clock: Clock;
  readonly #followers = new Set<() => void>();
  readonly #reads = new Map<string, Promise<Buffer>>();
  #measuring: Promise<Extent | null> | null = null;
  #opening: Promise<FileHandle | null> | null = null;
  #watcher: FSWatcher | null = null;
  #timer: Timer | null = null;
  #knownSize = -1;
  #checking = false;

  constructor(path: string, clock: Clock) {
    this.path = path;
    this.#clock = clock;
  }

  /** Calls back when there may be more to read. Returns the way to stop. */
  follow(onGrowth: () => void): () => void {
    this.#followers.add(onGrowth);
    if (this.#followers.size === 1) void this.#check();
    return () => {
      this.#followers.delete(onGrowth);
      if (this.#followers.size === 0) this.#rest();
    };
  }

  /** The job moved on: a missing file may exist now. Does not wait for the next idle check. */
  checkAgain(): void {
    void this.#check();
  }

  /** As of now; null: there is no file. A file that was removed while open is still there. */
  extent(): Promise<Extent | null> {
    this.#measuring ??= this.#measure();
    return this.#measuring;
  }

  async size(): Promise<number | null> {
    return (await this.extent())?.sizeBytes ?? null;
  }

  /** The bytes at `offset`, fewer at the end of the file. Simultaneous reads of the same bytes share the buffer. */
  read(offset: number, length: number): Promise<Buffer> {
    const key = `${offset}+${length}`;
    const running = this.#reads.get(key);
    if (running !== undefined) return running;
    const reading = this.#readNow(offset, length).finally(() => this.#reads.delete(key));
    this.#reads.set(key, reading);
    return reading;
  }

  async close(): Promise<void> {
    this.#rest();
    const handle = await this.#opening?.catch(() => null);
    await handle?.close();
  }

  /** Callers before the check starts share it; later callers need a later check. */
  async #measure(): Promise<Extent | null> {
    const handle = await this.#handle().finally(() => {
      this.#measuring = null;
    });
    if (handle === null) return null;
    const { size, blocks } = await handle.stat();
    return { sizeBytes: size, allocatedBytes: blocks * 512 }; // st_blocks counts in 512, always
  }

  async #readNow(offset: number, length: number): Promise<Buffer> {
    const handle = await this.#handle();
    if (handle === null) return Buffer.alloc(0);
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  }

  async #handle(): Promise<FileHandle | null> {
    this.#opening ??= openRegular(this.path);
    const opening = this.#opening;
    try {
      const handle = await opening;
      if (handle === null && this.#opening === opening) this.#opening = null; // not yet
      return handle;
    } catch (error) {
      if (this.#opening === opening) this.#opening = null;
      throw error;
    }
  }

  async #check(): Promise<void> {
    this.#timer?.cancel();
    if (this.#checking) return;
    this.#checking = true;
    const size = await this.size().catch(() => null);
    this.#checking = false;
    if (this.#followers.size === 0) return;
    const moved = (size ?? -1) !== this.#knownSize;
    this.#knownSize = size ?? -1;
    if (moved) for (const onGrowth of this.#followers) onGrowth();
    // After the watch is set one more check is due soon: something may have been written before it.
    const armed = !moved && size !== null && this.#setWatch();
    const delayMs = moved || armed ? busyCheckMs : idleCheckMs;
    this.#timer = this.#clock.after(delayMs, () => void this.#check());
  }

  /** Whether a watch was set that was not there. */
  #setWatch(): boolean {
    if (this.#watcher !== null) return false;
    try {
      this.#watcher = watch(this.path, { persistent: false }, () => this.#wake());
      this.#watcher.on("error", () => this.#closeWatch());
      return true;
    } catch {
      // Removed, or no watches left (fs.inotify.max_user_watches): only the idle check remains.
      return false;
    }
  }

  #wake(): void {
    this.#closeWatch();
    void this.#check();
  }

  #closeWatch(): void {
    this.#watcher?.close();
    this.#watcher = null;
  }

  #rest(): void {
    this.#timer?.cancel();
    this.#closeWatch();
    this.#knownSize = -1;
  }
}

/**
 * Null when there is no such file, or the payload replaced it by something else: a link would show
 * something that is not its output, a FIFO would block a thread of the server indefinitely.
 */
async function openRegular(path: string): Promise<FileHandle | null> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  let handle: FileHandle;
  try {
    handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // ENXIO: a socket.
    if (["ENOENT", "ENOTDIR", "ELOOP", "ENXIO"].includes(code ?? "")) return null;
    throw error;
  }
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  return null;
}
