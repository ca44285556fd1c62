import { writeSync } from "node:fs";
import { problemDocument } from "../contract/problem-document.ts";
import type { Refusal } from "../contract/problems.ts";
import { runToEnd } from "../system/child.ts";

/**
 * What a starting server reports on descriptor HOLDFAST_READY_FD (standard output without it), a line
 * each: `phase TEXT` while it starts, then `ready SOCKET` or `problem JSON`.
 */
export const announce = {
  /** For a command that waits: nothing reads the phases of a server in the foreground. */
  phase(text: string): void {
    if (process.env["HOLDFAST_READY_FD"] !== undefined) write(`phase ${text}`);
  },

  ready(socket: string): void {
    write(`ready ${socket}`);
  },

  problem(refusal: Refusal): void {
    write(`problem ${JSON.stringify(problemDocument(refusal))}`);
  },

  /** As a service of Type=notify: `systemctl start` and `restart` return when the server answers. */
  async readyToSystemd(onFailure: (error: unknown) => void): Promise<void> {
    if (process.env["NOTIFY_SOCKET"] === undefined) return;
    try {
      await runToEnd("systemd-notify", ["--ready"]);
    } catch (error) {
      onFailure(error);
    }
  },
};

function write(line: string): void {
  const descriptor = Number(process.env["HOLDFAST_READY_FD"] ?? "1");
  try {
    writeSync(descriptor, `${line}\n`);
  } catch {
    // The process that started this server is gone.
  }
}
