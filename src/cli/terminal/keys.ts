/** What somebody types. */
export interface Keyboard {
  /** Whether somebody can be asked. */
  readonly present: boolean;
  /** The next key pressed (`d`, `\r`, `\u0003` for Ctrl+C), or null when `signal` aborts first. */
  key(signal: AbortSignal): Promise<string | null>;
  /** The next line, as the terminal lets people write and correct it; null at its end (Ctrl+D). */
  line(): Promise<string | null>;
}

/**
 * Keys come one by one, without Enter; the terminal is put back as it was. Standard input is opened by
 * the first use: that takes 4 ms, and most commands never read.
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
