/** The reader of the output has closed it; no message can reach it. */
export class BrokenPipe extends Error {
  constructor() {
    super("the reader of the output has gone");
    this.name = "BrokenPipe";
  }
}

/** The output cannot be written: a full disk behind a redirection. */
export class OutputFailure extends Error {}

/** A place to write to. */
export interface Sink {
  readonly isTerminal: boolean;
  /** Current columns of the terminal; null if it is not a terminal. */
  columns(): number | null;
  /** Current rows of the terminal; null if it is not a terminal. */
  rows(): number | null;
  /** Resolves when more may be written. Throws BrokenPipe, OutputFailure. */
  write(data: string | Uint8Array): Promise<void>;
}

/** A closed pipe or terminal is not an error of the command; every other error is reported. */
export function meaningOf(error: NodeJS.ErrnoException): Error {
  const gone = error.code === "EPIPE" || error.code === "EIO";
  return gone ? new BrokenPipe() : new OutputFailure(error.message, { cause: error });
}

/** For a terminal that does not know its size and reports 0. */
export const defaultSize = { columns: 80, rows: 24 };

export function streamSink(stream: NodeJS.WriteStream): Sink {
  let broken: Error | null = null;
  stream.on("error", (error: NodeJS.ErrnoException) => {
    broken = meaningOf(error);
  });
  return {
    isTerminal: stream.isTTY,
    rows: () => (stream.isTTY ? stream.rows || defaultSize.rows : null),
    columns: () => (stream.isTTY ? stream.columns || defaultSize.columns : null),
    write(data) {
      if (broken !== null) return Promise.reject(broken);
      return new Promise((resolve, reject) => {
        stream.write(data, (error?: NodeJS.ErrnoException | null) => {
          if (error === null || error === undefined) resolve();
          else reject(meaningOf(error));
        });
      });
    },
  };
}
