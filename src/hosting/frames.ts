/**
 * Messages between the client (native/client) and the command host: four bytes of length (little endian,
 * of the content), one byte that says what it is, and the content. native/client/PROTOCOL.md has all of them.
 */
export interface Frame {
  kind: string;
  content: Buffer;
}

const headBytes = 5;

export function frameOf(kind: string, content: Buffer | string = ""): Buffer {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  const head = Buffer.alloc(headBytes);
  head.writeUInt32LE(bytes.length, 0);
  head.write(kind, 4, "latin1");
  return Buffer.concat([head, bytes]);
}

/** Puts messages together from the parts in which they arrive. */
export class FrameReader {
  /** Largest content of the next message. */
  limit: number;
  #parts: Buffer[] = [];
  #length = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** The messages that are whole with these bytes. Throws RangeError for a message above the limit. */
  *read(bytes: Buffer): Generator<Frame> {
    this.#parts.push(bytes);
    this.#length += bytes.length;
    for (;;) {
      const wanted = this.#wanted();
      if (wanted === null || this.#length < wanted) return;
      const all = Buffer.concat(this.#parts);
      const rest = all.subarray(wanted);
      this.#parts = rest.length === 0 ? [] : [rest];
      this.#length = rest.length;
      yield {
        kind: all.toString("latin1", 4, headBytes),
        content: all.subarray(headBytes, wanted),
      };
    }
  }

  /** Length of the first message with its head; null: not known yet. */
  #wanted(): number | null {
    if (this.#length < headBytes) return null;
    const [first] = this.#parts;
    if (first === undefined || first.length < headBytes) this.#parts = [Buffer.concat(this.#parts)];
    const length = this.#parts[0]?.readUInt32LE(0) ?? 0;
    if (length > this.limit) throw new RangeError("a message is too long");
    return headBytes + length;
  }
}
