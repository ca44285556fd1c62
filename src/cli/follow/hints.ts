import type { Context } from "../context.ts";
import { printable } from "../format/printable.ts";

const pollMs = 10_000;

/**
 * Prints each hint about a followed job once, on standard error. A job that writes nothing causes no
 * event, so the hints are polled. Returns a function that stops it.
 */
export function printHints({ screen, clock, server }: Context, id: number): () => void {
  const printed = new Set<string>();
  let stopped = false;
  const check = async () => {
    try {
      const { hints = [] } = await server.show(id);
      for (const { code, message } of hints) {
        if (stopped || printed.has(code)) continue;
        printed.add(code);
        await screen.say(`hint: ${printable(message)}`);
      }
    } catch {
      // The server or the terminal is gone: the command that follows the job reports it.
    }
  };
  const again = () => {
    clock.after(pollMs, () => {
      if (!stopped) void check().finally(again);
    });
  };
  again();
  return () => {
    stopped = true;
  };
}
