import type { Health } from "../contract/server.ts";
import { otherNamespaceWarnings } from "./recovery/other-namespace.ts";
import { unknownEngineWarnings } from "./recovery/unknown-engine.ts";
import { processesOf } from "./views/processes.ts";
import { accept, refuse, type Result } from "../contract/problems.ts";
import { liveStates, type State } from "../job/states.ts";
import type { JobRow } from "../store/rows.ts";
import { Allocations } from "./queue/allocations.ts";
import { attemptsOf, outputOf, receiptOf } from "./views/attempts.ts";
import type { AbandonedAttempt } from "../containment/abandoned.ts";
import { Abandoned } from "./recovery/abandoned.ts";
import { AwaitedSampling } from "./attempt/awaited-sampling.ts";
import { adopt } from "./verbs/adopt.ts";
import { cancel } from "./verbs/cancel.ts";
import type { Context } from "./context.ts";
import { allocationWarnings, DamagedPages, damageWarning } from "./views/damage.ts";
import { Dispatcher } from "./queue/dispatcher.ts";
import { RefusedRecords } from "./attempt/disk-full.ts";
import { EventHub } from "./event-hub.ts";
import { GpuHolds } from "./gpu/holds.ts";
import { currentGpus } from "./gpu/gpus.ts";
import { hintsOf } from "./views/hints.ts";
import { pausesOfJob } from "./views/pauses.ts";
import { hold, release } from "./verbs/hold.ts";
import { jobViewOf } from "./views/job-view.ts";
import { list, listText } from "./views/list.ts";
import { pauseJob, resumeJob } from "./verbs/pause.ts";
import { recoverAll, type RecoveryProgress } from "./recovery/recover-all.ts";
import { remove } from "./verbs/remove.ts";
import { Retention } from "./history/retention.ts";
import { retry } from "./verbs/retry.ts";
import { ownReads } from "../reading/own-reads.ts";
import type { Reads } from "../reading/reads.ts";
import { folderWarnings, refuseWithoutFolder } from "./recovery/state-folder.ts";
import { submit } from "./verbs/submit.ts";
import type { Supervisor } from "./supervisor.ts";
import { removeOldSecrets } from "./history/old-secrets.ts";
import { isSecret } from "../job/secrets.ts";
import { Upkeep } from "./history/upkeep.ts";

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
  const { store, engines, clock, config } = context;
  const { containment } = engines.local.machine;
  const { keep_secrets, secrets } = config.jobs;
  store.jobs.isSecret = (name, value) => !keep_secrets && isSecret(name, value, secrets);
  store.onCommitted = (events) => hub.publish(...events);
  const recovery: RecoveryProgress & { finished: boolean } = { total: 0, done: 0, finished: false };
  const abandoned = new Abandoned(findAbandoned, clock, context.log);
  const retention = new Retention(() => context);
  const upkeep = new Upkeep(() => context);
  const startedAtMs = clock.nowMs();
  let closing = false;

  /** Until the attempts' folders are compared with the store, a job may be known only to its folder. */
  const settled = <T>(answer: Result<T>): Result<T> => {
    const isUnknown = !answer.ok && answer.refusal.code === "no_such_job";
    return isUnknown && !recovery.finished ? refuse("recovering") : answer;
  };
  const withJob = async <T>(
    id: number,
    use: (job: JobRow) => Promise<Result<T>>,
  ): Promise<Result<T>> => {
    const job = store.jobs.get(id);
    return settled(job === null ? refuse("no_such_job", { selector: id }) : await use(job));
  };

  return {
    submit: async (request, key) =>
      closing
        ? refuse("shutting_down")
        : ((await refuseWithoutFolder(context)) ?? settled(await submit(context, request, key))),
    cancel: async (id, graceMs, client = null, onlyIn = null) =>
      settled(await cancel(context, id, { graceMs, client, onlyIn })),
    kill: async (id, client = null, onlyIn = null) =>
      settled(await cancel(context, id, { graceMs: null, kill: true, client, onlyIn })),
    hold: async (id) => settled(await hold(context, id)),
    release: async (id) => settled(await release(context, id)),
    pause: async (id) => settled(await pauseJob(context, id)),
    resume: async (id) => settled(await resumeJob(context, id)),
    retry: async (id, env) =>
      (await refuseWithoutFolder(context)) ?? settled(await retry(context, id, env)),
    adopt: async (asked) =>
      closing
        ? refuse("shutting_down")
        : ((await refuseWithoutFolder(context)) ?? (await adopt(context, asked))),
    remove: async (id) => settled(await remove(context, id)),

    show: (id) =>
      withJob(id, async (job) => {
        const pauses = pausesOfJob(context, job);
        const [view, hints] = await Promise.all([jobViewOf(context, job), hintsOf(context, job)]);
        return accept({ ...view, hints, pauses });
      }),
    list: async (query) => settled(await list(context, query)),
    listText: async (query, signal) => settled(await listText(context, query, signal)),
    attempts: (id) => withJob(id, (job) => attemptsOf(context, job)),
    receipt: (id, attempt = null) => withJob(id, (job) => receiptOf(context, job, attempt)),
    processes: (id) => withJob(id, (job) => processesOf(context, job)),
    output: (id, stream, which = null) =>
      withJob(id, (job) => outputOf(context, job, stream, which)),
    events: (query, signal) => context.reads.events(query, signal),
    prunedUntil: () => store.events.prunedUntil(),
    lastSeq: (job = null) => (job === null ? store.events.lastSeq() : store.events.lastSeqOf(job)),
    subscribe: (jobId, listener) => {
      if (jobId !== null) awaitedSampling.begin();
      return hub.subscribe(jobId, listener);
    },
    gpus: () => currentGpus(context),
    health: async (): Promise<Health> => {
      const stateFolder = await context.database.now();
      const pages = new DamagedPages();
      const counts = pages.reading(() => store.liveJobs(), new Map<State, number>());
      const held = pages.reading(() => allocationWarnings(context.allocations.inUse()), []);
      return {
        status: closing ? "shutting_down" : recovery.finished ? "ok" : "recovering",
        pid: process.pid,
        pidNamespace: context.namespace?.inode ?? null,
        version,
        startedAtMs,
        stateDir: config.paths.stateDir,
        runtimeDir: config.paths.runtimeDir,
        logFile: config.paths.serverLog,
        tier: containment.tier,
        tierWhy: containment.tierWhy,
        limits: containment.limits,
        gpus: context.gpuUuids.length,
        jobs: Object.fromEntries(liveStates.map((state) => [state, counts.get(state) ?? 0])),
        recovery: { total: recovery.total, done: recovery.done },
        stateFolder,
        warnings: [
          // First: everything else is about a folder that cannot be found any more.
          ...folderWarnings(context, stateFolder, abandoned),
          ...warnings,
          ...(await upkeep.warnings()),
          ...retention.warnings,
          ...(await otherNamespaceWarnings(context)),
          ...unknownEngineWarnings(context),
          ...store.notes,
          ...damageWarning(store.damage),
          ...held,
          ...context.dispatcher.warnings,
          ...pages.warning,
        ],
        abandoned: abandoned.summary,
        abandonedSearched: abandoned.isSearched,
      };
    },

    async recover() {
      removeOldSecrets(context);
      upkeep.open();
      const searching = abandoned.open();
      gpuHolds.load();
      upkeep.report(await recoverAll(context, recovery));
      await searching;
      recovery.finished = true;
      dispatcher.open();
      retention.open();
    },
    gpusFound: () => dispatcher.poke(),
    close() {
      closing = true;
      dispatcher.close();
      retention.close();
      upkeep.close();
      gpuHolds.close();
      awaitedSampling.close();
      for (const follower of context.followers.values()) follower.close();
      engines
        .close()
        .catch((error: unknown) => context.log.error({ err: error }, "closing an engine"));
    },
  };
}
