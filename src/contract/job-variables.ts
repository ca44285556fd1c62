/**
 * Variables in a payload's environment that identify its job. HOLDFAST_ATTEMPT is the cookie by which
 * the remaining processes of an attempt are found: a process outside a job must not carry it.
 */
export const jobVariables = [
  "HOLDFAST_ATTEMPT",
  "HOLDFAST_JOB",
  "HOLDFAST_ATTEMPT_NUMBER",
  "HOLDFAST_PROGRESS",
  "HOLDFAST_RETRY",
  "HOLDFAST_RETRY_AFTER",
] as const;

export type JobVariables = Partial<Record<(typeof jobVariables)[number], string>>;

export function withoutJobVariables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const rest = { ...env };
  for (const name of jobVariables) delete rest[name];
  return rest;
}
