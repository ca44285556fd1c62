import type { Stopping } from "../../contract/stopping.ts";
import type { KeeperStatus } from "../../contract/keeper.ts";
import type { StuckWatch } from "./stuck-watch.ts";

/** A keeper's status as people see it, `ageMs` after it was heard. Null unless the attempt is stopping. */
export function stoppingOf(
  status: KeeperStatus,
  ageMs: number,
  watch: Pick<StuckWatch, "stuck" | "whyStuck">,
): Stopping | null {
  const { phase } = status;
  if (phase === "running" || phase === "ended") return null;
  const age = Math.round(ageMs);
  return {
    phase,
    stopAgeMs: status.stop_age_ms === null ? null : status.stop_age_ms + age,
    killInMs: status.kill_in_ms === null ? null : Math.max(0, status.kill_in_ms - age),
    total: status.total,
    left: status.left,
    survivors: status.survivors.map(({ pid, comm, state, wchan, denied }) => ({
      pid,
      command: comm,
      state,
      waitChannel: wchan,
      denied,
      stack: watch.whyStuck(pid).stack,
      obstacle: watch.whyStuck(pid).obstacle,
    })),
    stuck: watch.stuck,
    container: null,
    gpus: [],
  };
}
