import { Socket } from "node:net";

type Callback = (error?: Error | null) => void;

/**
 * A socket that a failed write does not end. Node destroys a socket when a write fails (EPIPE), with what
 * its peer had sent before it left and what was not read yet. Here reading continues to the end.
 */
export class UnbrokenSocket extends Socket {
  override _write(chunk: unknown, encoding: BufferEncoding, callback: Callback): void {
    // oxlint-disable-next-line no-underscore-dangle
    super._write(chunk, encoding, () => callback());
  }

  override _writev(
    chunks: { chunk: unknown; encoding: BufferEncoding }[],
    callback: Callback,
  ): void {
    // oxlint-disable-next-line no-underscore-dangle
    super._writev?.(chunks, () => callback());
  }
}
