import type { AbandonedAttempt } from "../containment/abandoned.ts";
import { ownReads } from "../reading/own-reads.ts";
import type { Reads } from "../reading/reads.ts";
import { AwaitedSampling } from "./attempt/awaited-sampling.ts";
import { RefusedRecords } from "./attempt/disk-full.ts";
import type { Context } from "./context.ts";
import { EventHub } from "./event-hub.ts";
import { GpuHolds } from "./gpu/holds.ts";
import { recogniseSecrets, removeOldSecrets } from "./history/old-secrets.ts";
import { Retention } from "./history/retention.ts";
import { Upkeep } from "./history/upkeep.ts";
import { Allocations } from "./queue/allocations.ts";
import { Dispatcher } from "./queue/dispatcher.ts";
import { Abandoned } from "./recovery/abandoned.ts";
import { RecoveryAtStart } from "./recovery/recovery-at-start.ts";
import type { Supervisor } from "./supervisor.ts";
import { verbsOf } from "./verbs/verbs.ts";
import { healthOf } from "./views/health.ts";
import { viewsOf } from "./views/views.ts";

export interface RunningSupervisor extends Supervisor {
  /** Finds the unfinished attempts again and begins to launch. Verbs work during this time. */
  recover(): Promise<void>;
  /** A driver that answered late has GPUs: jobs may wait for them. */
  gpusFound(): void;
  /** Releases everything. Attempts continue. */
  close(): void;
}

export interface SupervisorOptions extends Omit<
  Context,
  | "reads"
  | "hub"
  | "refusedRecords"
  | "followers"
  | "awaitedSampling"
  | "allocations"
  | "dispatcher"
  | "gpuHolds"
> {
  version: string;
  warnings: string[];
  /** Absent: pages are read in this thread. */
  reads?: Reads;
  /** What lives of an earlier state folder at this path. */
  findAbandoned: () => Promise<AbandonedAttempt[]>;
}

/** Builds the verbs around one store and one engine. The only writer of both. */
export function supervise(options: SupervisorOptions): RunningSupervisor {
  const { version, warnings, findAbandoned, ...parts } = options;
  const hub = new EventHub((error) => parts.log.error({ err: error }, "a listener failed"));
  const awaitedSampling = new AwaitedSampling(() => context);
  const dispatcher = new Dispatcher(() => context);
  const gpuHolds = new GpuHolds(() => context);
  const context: Context = {
    ...parts,
    reads: parts.reads ?? ownReads({ ...parts, attemptsDir: parts.config.paths.attemptsDir }),
    hub,
    followers: new Map(),
    awaitedSampling,
    allocations: new Allocations(() => parts.store),
    dispatcher,
    gpuHolds,
    refusedRecords: new RefusedRecords(),
  };
  const { store, engines, clock, log } = context;
  recogniseSecrets(context);
  store.onCommitted = (events) => hub.publish(...events);
  const recovery = new RecoveryAtStart();
  const abandoned = new Abandoned(findAbandoned, clock, log);
  const retention = new Retention(() => context);
  const upkeep = new Upkeep(() => context);
  const startedAtMs = clock.nowMs();
  let closing = false;
  const isClosing = () => closing;

  return {
    ...verbsOf(context, recovery, isClosing),
    ...viewsOf(context, recovery),
    health: () =>
      healthOf({
        ...context,
        version,
        warnings,
        startedAtMs,
        isClosing,
        recovery,
        abandoned,
        upkeep,
        retention,
      }),
    async recover() {
      removeOldSecrets(context);
      upkeep.open();
      const searching = abandoned.open();
      gpuHolds.load();
      upkeep.report(await recovery.run(context, searching));
      dispatcher.open();
      retention.open();
    },
    gpusFound: () => dispatcher.poke(),
    close() {
      closing = true;
      for (const part of [dispatcher, retention, upkeep, gpuHolds, awaitedSampling]) part.close();
      for (const follower of context.followers.values()) follower.close();
      engines.close().catch((error: unknown) => log.error({ err: error }, "closing an engine"));
    },
  };
}
