import type { Context } from "../context.ts";
import type { LiveJob } from "./live-job.ts";

const pollMs = 1000;

/**
 * A program writes its progress to a file without an event, so it is polled while it is visible on a
 * terminal. Returns a function that stops it.
 */
export function pollProgress({ screen, clock, server }: Context, live: LiveJob): () => void {
  let stopped = !screen.live;
  const again = () => {
    if (stopped) return;
    clock.after(pollMs, () => {
      if (stopped) return;
      void check().finally(again);
    });
  };
  const check = async () => {
    if (live.job.state !== "running") return;
    try {
      const job = await server.show(live.job.id);
      // The watch reports everything except progress, and may have a newer state by now.
      const unchanged = job.state === "running" && live.job.state === "running";
      if (!stopped && unchanged) await live.heard(job);
    } catch {
      // The server is unavailable; the watch reports it if this lasts.
    }
  };
  again();
  return () => {
    stopped = true;
  };
}
