import type { operations } from "./api-types.ts";

/**
 * The method and path of each operation of the API. The types of requests and answers are generated
 * from the server's own document; a test compares this table with the document.
 */
export const routes = {
  submitJob: ["POST", "/api/v1/jobs"],
  listJobs: ["GET", "/api/v1/jobs"],
  showJob: ["GET", "/api/v1/jobs/{id}"],
  removeJob: ["DELETE", "/api/v1/jobs/{id}"],
  cancelJob: ["POST", "/api/v1/jobs/{id}/cancel"],
  killJob: ["POST", "/api/v1/jobs/{id}/kill"],
  adoptProcess: ["POST", "/api/v1/jobs/adopt"],
  retryJob: ["POST", "/api/v1/jobs/{id}/retry"],
  holdJob: ["POST", "/api/v1/jobs/{id}/hold"],
  releaseJob: ["POST", "/api/v1/jobs/{id}/release"],
  pauseJob: ["POST", "/api/v1/jobs/{id}/pause"],
  resumeJob: ["POST", "/api/v1/jobs/{id}/resume"],
  listProcesses: ["GET", "/api/v1/jobs/{id}/processes"],
  listAttempts: ["GET", "/api/v1/jobs/{id}/attempts"],
  showReceipt: ["GET", "/api/v1/jobs/{id}/receipt"],
  readOutput: ["GET", "/api/v1/jobs/{id}/output"],
  streamOutput: ["GET", "/api/v1/jobs/{id}/output/stream"],
  listJobEvents: ["GET", "/api/v1/jobs/{id}/events"],
  streamEvents: ["GET", "/api/v1/events"],
  runSelftest: ["POST", "/api/v1/selftest"],
  scanOrphans: ["POST", "/api/v1/orphans/scan"],
  listLeftovers: ["POST", "/api/v1/orphans/leftovers"],
  planOrphans: ["POST", "/api/v1/orphans/plans"],
  showOrphanPlan: ["GET", "/api/v1/orphans/plans/{plan}"],
  reapOrphans: ["POST", "/api/v1/orphans/plans/{plan}/reap"],
  showOrphanReceipt: ["GET", "/api/v1/orphans/plans/{plan}/receipt"],
  listOrphanRules: ["GET", "/api/v1/orphans/rules"],
  listOrphanStatusSources: ["GET", "/api/v1/orphans/status"],
  testOrphanRules: ["POST", "/api/v1/orphans/rules/test"],
  watchOrphans: ["GET", "/api/v1/orphans/watch"],
  followOrphanWatch: ["GET", "/api/v1/orphans/watch/events"],
  examineMachine: ["POST", "/api/v1/doctor"],
  listDoctorAlerts: ["GET", "/api/v1/doctor/alerts"],
  showHolders: ["GET", "/api/v1/holders"],
  showGpus: ["GET", "/api/v1/gpus"],
  showHealth: ["GET", "/api/v1/health"],
  showVersion: ["GET", "/api/v1/version"],
} as const satisfies Record<keyof operations, readonly [string, string]>;

export type Operation = keyof typeof routes;

type Part<O extends Operation, Name extends "query" | "path" | "header"> = NonNullable<
  operations[O]["parameters"][Name]
>;
type JsonBody<O> = O extends { requestBody?: infer B }
  ? NonNullable<B> extends { content: { "application/json": infer Body } }
    ? Body
    : never
  : never;

/** The input of an operation. */
export interface Input<O extends Operation> {
  path?: Part<O, "path">;
  query?: Part<O, "query">;
  headers?: Part<O, "header">;
  body?: JsonBody<operations[O]>;
  signal?: AbortSignal;
}

type Success<R> = R extends unknown ? R[keyof R & (200 | 201 | 202)] : never;

/** The JSON answer of an operation. */
export type Output<O extends Operation> =
  Success<operations[O]["responses"]> extends { content: { "application/json": infer Body } }
    ? Body
    : undefined;
