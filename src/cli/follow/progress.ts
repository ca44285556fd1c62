import type { Context } from "../context.ts";
import type { LiveJob } from "./live-job.ts";

const pollMs = 1000;

/**
 * A program writes its progress into a file and no event tells of it, so it is asked for while
 * somebody can see it. Returns the way to stop.
 */
export function pollProgress({ screen, clock, server }: Context, live: LiveJob): () => void {
  let stopped = !screen.live;
  const again = () => {
    if (stopped) return;
    clock.after(pollMs, () => {
      if (stopped) return;
      void look().finally(again);
    });
  };
  const look = async () => {
    if (live.job.state !== "running") return;
    try {
      const job = await server.show(live.job.id);
      // The watch tells of everything but progress, and it may be further by now.
      const unchanged = job.state === "running" && live.job.state === "running";
      if (!stopped && unchanged) await live.heard(job);
    } catch {
      // The server is away for a moment; the watch says so if it stays away.
    }
  };
  again();
  return () => {
    stopped = true;
  };
}
