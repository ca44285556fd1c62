import type { Clock, Timer } from "../system/clock.ts";
import type { StreamWriter } from "./stream-writer.ts";

/** Server-sent events (WHATWG HTML, 9.2). */

export const sseHeaders = {
  "content-type": "text/event-stream",
  "cache-control": "no-store",
};

const heartbeatMs = 15_000;

export interface Frame {
  /** Where a reader resumes. Null: the event does not move the position. */
  id: number | null;
  /** Null: `message`. */
  event?: string;
  data: unknown;
}

/** JSON has no line breaks of its own, so one data line holds it. */
export function frame({ id, event, data }: Frame): string {
  const lines = [
    ...(id === null ? [] : [`id: ${id}`]),
    ...(event === undefined ? [] : [`event: ${event}`]),
    `data: ${JSON.stringify(data)}`,
  ];
  return `${lines.join("\n")}\n\n`;
}

/** Gives a reader its position before anything has happened, so that it can resume from there. */
export function position(id: number): string {
  return `id: ${id}\n\n`;
}

/** Shows both sides that the connection is alive while nothing happens. Returns the way to stop. */
export function startHeartbeat(writer: StreamWriter, clock: Clock): () => void {
  let timer: Timer;
  const beat = () => {
    if (!writer.waiting) void writer.write(":\n\n");
    timer = clock.after(heartbeatMs, beat);
  };
  timer = clock.after(heartbeatMs, beat);
  return () => timer.cancel();
}
