import type { components } from "./api-types.ts";
import { call } from "./call.ts";
import type { Connection } from "./http.ts";
import type { Input } from "./operations.ts";

type Schemas = components["schemas"];
export type Job = Schemas["Job"];
export type AttemptSummary = Schemas["AttemptSummary"];
export type JobPage = Schemas["JobPage"];
export type JobRequest = Schemas["JobRequest"];
export type JobProcesses = Schemas["JobProcesses"];
export type Receipt = Schemas["Receipt"];
export type Health = Schemas["Health"];
export type Selftest = Schemas["Selftest"];
export type OrphanScan = Schemas["OrphanScan"];
export type Leftovers = Schemas["Leftovers"];
export type OrphanPlan = Schemas["OrphanPlan"];
export type OrphanPlanRequest = Schemas["OrphanPlanRequest"];
export type OrphanReceipt = Schemas["OrphanReceipt"];
export type OrphanRules = Schemas["OrphanRules"];
export type OrphanStatusSources = Schemas["OrphanStatusSources"];
export type OrphanRuleTest = Schemas["OrphanRuleTest"];
export type Holders = Schemas["Holders"];
export type Gpus = Schemas["Gpus"];
export type Version = Schemas["Version"];
export type EventPage = Schemas["EventPage"];
export type JobFilter = NonNullable<Input<"listJobs">["query"]>;

/**
 * The API's verbs. Each throws RefusalError: the server's refusal, or
 * server_not_running and server_unreachable if it could not be reached.
 * Output and events are streams: output.ts and events.ts.
 */
export interface Client {
  /** `key`: the same key and request return the same job, so a request can be repeated after a lost answer. */
  submit(request: JobRequest, key?: string): Promise<{ job: Job; replayed: boolean }>;
  list(filter?: JobFilter): Promise<JobPage>;
  show(id: number): Promise<Job>;
  remove(id: number): Promise<void>;
  /**
   * Without `graceMs` the job's own grace period applies. `onlyIn`: refused with `not_allowed_now` if
   * the job is in another state by then.
   */
  cancel(id: number, graceMs?: number, onlyIn?: readonly Job["state"][]): Promise<Job>;
  kill(id: number, onlyIn?: readonly Job["state"][]): Promise<Job>;
  /** `env`: values that the server does not have any more. */
  retry(id: number, env?: Schemas["RetryRequest"]["env"]): Promise<Job>;
  adopt(asked: Schemas["AdoptRequest"]): Promise<Job>;
  hold(id: number): Promise<Job>;
  release(id: number): Promise<Job>;
  pause(id: number): Promise<Job>;
  resume(id: number): Promise<Job>;
  processes(id: number): Promise<JobProcesses>;
  /** The receipt of an attempt; without a number, of the last attempt of an ended job. */
  receipt(id: number, attempt?: number): Promise<Receipt>;
  /** Oldest first. */
  attempts(id: number): Promise<AttemptSummary[]>;
  /** A job's stored events with a larger seq, oldest first. */
  events(id: number, after?: number, limit?: number): Promise<EventPage>;
  /** Takes a few seconds. */
  selftest(): Promise<Selftest>;
  /** Takes as long as the server's window, by default a second. So do `planOrphans` and `reapOrphans`. */
  scanOrphans(asked: Schemas["OrphanScanRequest"]): Promise<OrphanScan>;
  leftovers(asked: Schemas["LeftoverRequest"]): Promise<Leftovers>;
  planOrphans(asked: OrphanPlanRequest): Promise<OrphanPlan>;
  orphanPlan(plan: number): Promise<OrphanPlan>;
  reapOrphans(plan: number, asked: Schemas["OrphanReapRequest"]): Promise<OrphanReceipt>;
  orphanReceipt(plan: number): Promise<OrphanReceipt>;
  orphanRules(): Promise<OrphanRules>;
  /** Queries each source of other systems' job status, within its time limit. */
  orphanStatusSources(): Promise<OrphanStatusSources>;
  /** `name`: the file's name in messages. */
  testOrphanRules(text: string, name: string): Promise<OrphanRuleTest>;
  /** `target`: gpu:0, port:8000, pid:812, shm:/name, file:/path. */
  holders(target: string): Promise<Holders>;
  /** Takes as long as the driver, up to the server's timeout. */
  gpus(): Promise<Gpus>;
  health(): Promise<Health>;
  version(): Promise<Version>;
}

export function createClient(connection: Connection): Client {
  const onJob =
    (operation: "showJob" | "holdJob" | "releaseJob" | "pauseJob" | "resumeJob") =>
    async (id: number): Promise<Job> =>
      (await call(connection, operation, { path: { id } })).value;

  return {
    async submit(body, key) {
      const headers = key === undefined ? {} : { "idempotency-key": key };
      const { status, value } = await call(connection, "submitJob", { body, headers });
      return { job: value, replayed: status === 200 };
    },
    list: async (query = {}) => (await call(connection, "listJobs", { query })).value,
    show: onJob("showJob"),
    async remove(id) {
      await call(connection, "removeJob", { path: { id } });
    },
    async cancel(id, graceMs, onlyIn) {
      const body = { ...(graceMs === undefined ? {} : { graceMs }), ...states(onlyIn) };
      return (await call(connection, "cancelJob", { path: { id }, body })).value;
    },
    async kill(id, onlyIn) {
      const input = { path: { id }, ...(onlyIn === undefined ? {} : { body: states(onlyIn) }) };
      return (await call(connection, "killJob", input)).value;
    },
    async retry(id, env = {}) {
      const body = Object.keys(env).length === 0 ? {} : { env };
      return (await call(connection, "retryJob", { path: { id }, body })).value;
    },
    adopt: async (body) => (await call(connection, "adoptProcess", { body })).value,
    hold: onJob("holdJob"),
    release: onJob("releaseJob"),
    pause: onJob("pauseJob"),
    resume: onJob("resumeJob"),
    processes: async (id) => (await call(connection, "listProcesses", { path: { id } })).value,
    async receipt(id, attempt) {
      const query = attempt === undefined ? {} : { attempt };
      return (await call(connection, "showReceipt", { path: { id }, query })).value;
    },
    attempts: async (id) =>
      (await call(connection, "listAttempts", { path: { id } })).value.attempts,
    async events(id, after = 0, limit = 500) {
      return (await call(connection, "listJobEvents", { path: { id }, query: { after, limit } }))
        .value;
    },
    selftest: async () => (await call(connection, "runSelftest", {})).value,
    scanOrphans: async (body) => (await call(connection, "scanOrphans", { body })).value,
    leftovers: async (body) => (await call(connection, "listLeftovers", { body })).value,
    planOrphans: async (body) => (await call(connection, "planOrphans", { body })).value,
    orphanPlan: async (plan) =>
      (await call(connection, "showOrphanPlan", { path: { plan } })).value,
    reapOrphans: async (plan, body) =>
      (await call(connection, "reapOrphans", { path: { plan }, body })).value,
    orphanReceipt: async (plan) =>
      (await call(connection, "showOrphanReceipt", { path: { plan } })).value,
    orphanRules: async () => (await call(connection, "listOrphanRules", {})).value,
    orphanStatusSources: async () => (await call(connection, "listOrphanStatusSources", {})).value,
    testOrphanRules: async (text, name) =>
      (await call(connection, "testOrphanRules", { body: { text, name } })).value,
    holders: async (target) => (await call(connection, "showHolders", { query: { target } })).value,
    gpus: async () => (await call(connection, "showGpus", {})).value,
    health: async () => (await call(connection, "showHealth", {})).value,
    version: async () => (await call(connection, "showVersion", {})).value,
  };
}

function states(onlyIn: readonly Job["state"][] | undefined): { onlyIn?: Job["state"][] } {
  return onlyIn === undefined ? {} : { onlyIn: [...onlyIn] };
}
