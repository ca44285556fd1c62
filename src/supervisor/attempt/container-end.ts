import type { Stopping } from "../../contract/stopping.ts";
import type { ExitRecord } from "../../contract/keeper.ts";
import type { Receipt } from "../../contract/receipt.ts";
import type { ContainerRound } from "../../engines/machine.ts";
import { containerName, outlivesItsClient } from "../../job/container.ts";
import type { Reason } from "../../job/reasons.ts";
import type { JobSpec } from "../../job/spec.ts";
import type { AttemptRow } from "../../store/rows.ts";
import { pause } from "../../system/clock.ts";
import { publishLive } from "./observe.ts";
import { stuckAfterMs } from "./stuck-watch.ts";
import { markStopping, type SweepParts } from "./sweeping.ts";

const firstBackoffMs = 20;
const longestBackoffMs = 5000;
/** Not reported for this long: a runtime needs a moment to remove what it has stopped. */
const timeoutMs = 200;

interface Wait {
  reason: Reason;
  /** It ended without a signal, with the code that means that it could not run the container. */
  clientFailed: boolean;
  report: (stopping: Stopping) => void;
  /** The result is not needed any more. */
  isOver: () => boolean;
}

/** `docker run` and `podman run`: the failure is the client's or the daemon's own. */
const clientFailedCode = 125;

/** Whether the client of a container reports that it created none. A container has an id from its creation on. */
export function isClientFailure({ main, exec_error }: ExitRecord): boolean {
  return exec_error !== null || main.code === clientFailedCode;
}

type Container = NonNullable<Receipt["container"]>;

/**
 * Returns when the container of an attempt is proven gone, whatever became of the client that started
 * it: until then the job is `stopping` and names it. `container` is null for a job without one, and
 * for a runtime whose containers are ordinary children. Null: `isOver` turned true first.
 */
export async function untilContainerIsGone(
  context: SweepParts,
  attempt: AttemptRow,
  { reason, clientFailed, report, isOver }: Wait,
): Promise<{ container: Container | null } | null> {
  const { store, engines, clock } = context;
  const container = store.jobs.get(attempt.job)?.spec.container ?? null;
  const machine = engines.machineOf(attempt);
  if (container === null || machine === null || !outlivesItsClient(container.runtime))
    return { container: null };
  const env = asText(store.jobs.environmentOf(attempt.job) ?? {});
  const { runtime, image } = container;
  const name = containerName(attempt.id);
  const began = clock.monotonicMs();
  let stopped = false;
  let id: string | null = null;
  for (let backoffMs = firstBackoffMs; ; backoffMs = Math.min(backoffMs * 2, longestBackoffMs)) {
    const round = await machine.containers.settle(attempt, container, env).catch(refused);
    stopped ||= round.removed;
    id ??= round.id;
    const madeNone = clientFailed && id === null && !round.isRefused;
    const gone = round.gone ?? (madeNone ? "its client made none" : null);
    if (gone !== null) return { container: { runtime, image, name, id, gone, stopped } };
    const ageMs = Math.round(clock.monotonicMs() - began);
    if (ageMs >= timeoutMs) {
      markStopping(context, attempt.job, reason);
      const stopping = stoppingOf(round, { runtime, name, id, message: round.message }, ageMs);
      report(stopping);
      publishLive(context, attempt.job, { stopping });
    }
    await pause(clock, backoffMs);
    if (isOver()) return null;
  }
}

/** The query itself was refused (no descriptor, no process): that does not prove that it is gone. */
function refused(error: unknown): ContainerRound & { isRefused: true } {
  const message = String(error);
  return { id: null, gone: null, removed: false, message, left: [], isRefused: true };
}

function stoppingOf(
  { left }: ContainerRound,
  container: NonNullable<Stopping["container"]>,
  stopAgeMs: number,
): Stopping {
  return {
    phase: "verifying",
    stopAgeMs,
    killInMs: null,
    total: left.length,
    left: left.length,
    survivors: left.slice(0, 16).map(({ pid, comm, state }) => ({
      pid,
      command: comm,
      state,
      waitChannel: null,
      denied: false,
      stack: null,
      obstacle: null,
    })),
    stuck: stopAgeMs >= stuckAfterMs,
    container,
    gpus: [],
  };
}

/** For the runtime's client, started as our own child: Node passes only text. */
function asText(env: JobSpec["env"]): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(env))
    texts[name] =
      typeof value === "string" ? value : Buffer.from(value.base64, "base64").toString();
  return texts;
}
