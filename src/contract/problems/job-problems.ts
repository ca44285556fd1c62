import type { ProblemDefinition } from "./problem-definition.ts";

/** What a job, or what it asks for, does not allow. */
export const jobProblems = {
  runs_elsewhere: {
    status: 409,
    exit: 1,
    title: "The job's processes are not on this machine",
    hint: "Engine {engine} runs job {id} ({host}); only its own tools show its processes",
  },
  already_ended: {
    status: 409,
    exit: 1,
    title: "The job has already ended",
    hint: "Job {id} is {state}; holdfast receipt {id} shows how it ended",
  },
  not_ended: {
    status: 409,
    exit: 1,
    title: "The job has not ended",
    hint: "Job {id} is {state}; holdfast cancel {id} ends it, holdfast wait {id} waits for it",
  },
  not_allowed_now: {
    status: 409,
    exit: 1,
    title: "The job's state does not allow that",
    hint: "Job {id} is {state}; {verb} needs {needs}",
  },
  no_receipt: {
    status: 404,
    exit: 1,
    title: "The job has no receipt yet",
    hint: "A receipt is written when the job has ended; holdfast wait {id} waits for it",
  },
  secrets_removed: {
    status: 409,
    exit: 1,
    title: "Values that the job needs were removed when it ended",
    hint: "{names}: holdfast retry {options} {id} takes them from this shell; jobs.keep_secrets keeps those of later jobs",
  },
  events_gone: {
    status: 410,
    exit: 1,
    title: "Events after that one have been removed with their jobs",
    hint: "Up to event {until} some are missing: read the jobs again (GET /api/v1/jobs) and continue after the eventsAfter of that answer",
  },
  no_output: { status: 404, exit: 1, title: "The job has no such output", hint: "{what}" },
  idempotency_mismatch: {
    status: 409,
    exit: 1,
    title: "That Idempotency-Key was used for another request",
    hint: "Use a new key for a new job",
  },
  not_enough_gpus: {
    status: 400,
    exit: 2,
    title: "This machine does not have that many GPUs",
    hint: "The job asks for {wanted}, the machine has {found}; holdfast gpus shows them and the driver's status",
  },
  no_such_cpus: {
    status: 400,
    exit: 2,
    title: "This machine does not have those CPUs",
    hint: "The job asks for {wanted}; the server can use {count}: {list}",
  },
  limits_not_applicable: {
    status: 400,
    exit: 2,
    title: "This machine cannot apply a limit that the job must have",
    hint: "{what}; without --strict-limits the job runs without this limit, and its receipt says so",
  },
  no_such_folder: {
    status: 400,
    exit: 2,
    title: "The working directory does not exist",
    hint: "Create {path}, or choose another with --cwd",
  },
} as const satisfies Record<string, ProblemDefinition>;
