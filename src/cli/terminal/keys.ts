/** Keyboard input. */
export interface Keyboard {
  /** Whether a person can answer questions. */
  readonly present: boolean;
  /** The next key pressed (`d`, `\r`, `\u0003` for Ctrl+C), or null when `signal` aborts first. */
  key(signal: AbortSignal): Promise<string | null>;
  /** The next line, with the terminal's line editing; null at end of file (Ctrl+D). */
  line(): Promise<string | null>;
}

/**
 * Reads single keys, without Enter, and restores the terminal. Standard input is opened on first use:
 * opening takes 4 ms, and most commands never read.
 */
export function terminalKeyboard(open: () => NodeJS.ReadStream): Keyboard {
  return {
    get present() {
      return open().isTTY;
    },
    key: (signal) =>
      new Promise((resolve) => {
        const stdin = open();
        const finish = (key: string | null) => {
          stdin.off("data", onData);
          signal.removeEventListener("abort", onAbort);
          stdin.setRawMode(false);
          stdin.pause();
          resolve(key);
        };
        const onData = (data: Buffer) => finish(data.toString("utf8").slice(0, 1));
        const onAbort = () => finish(null);
        if (signal.aborted) {
          resolve(null);
          return;
        }
        signal.addEventListener("abort", onAbort);
        stdin.setRawMode(true);
        stdin.on("data", onData);
        stdin.resume();
      }),
    line: () =>
      new Promise((resolve) => {
        const stdin = open();
        const finish = (line: string | null) => {
          stdin.off("data", onData);
          stdin.off("end", onEnd);
          stdin.pause();
          resolve(line);
        };
        const onData = (data: Buffer) => finish(data.toString("utf8").replace(/\r?\n$/, ""));
        const onEnd = () => finish(null);
        stdin.on("data", onData);
        stdin.on("end", onEnd);
        stdin.resume();
      }),
  };
}
