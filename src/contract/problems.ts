/**
 * Every error of Holdfast, in one catalogue.
 *
 * status: HTTP status. exit: the CLI's exit code. title: what is wrong, without
 * parameters. hint: why, and what to do next; `{name}` is filled from the
 * refusal's parameters. The reference page is tested against this table.
 */
export const problems = {
  invalid_request: {
    status: 400,
    exit: 2,
    title: "The request is not valid",
    hint: "Correct {where}: {what}",
  },
  body_too_large: {
    status: 413,
    exit: 2,
    title: "The request is too large",
    hint: "A job's specification is limited to {limit}; put large inputs into a file",
  },
  command_too_long: {
    status: 400,
    exit: 2,
    title: "Command and environment are longer than the kernel accepts",
    hint: "They have {bytes} bytes, the limit is {limit} bytes; pass the arguments in a file",
  },
  no_such_job: {
    status: 404,
    exit: 1,
    title: "There is no such job",
    hint: "{selector} matches no job; holdfast ls --all lists the jobs",
  },
  no_such_attempt: {
    status: 404,
    exit: 1,
    title: "The job has no such attempt",
    hint: "Job {id} has no attempt {attempt}; attempts so far: {count}. holdfast show {id} lists them",
  },
  no_such_route: {
    status: 404,
    exit: 1,
    title: "There is no such address",
    hint: "GET /openapi.json lists the addresses",
  },
  ambiguous_name: {
    status: 409,
    exit: 2,
    title: "Several jobs have that name",
    hint: "Use the number of one: {candidates}",
  },
  bad_selector: {
    status: 400,
    exit: 2,
    title: "The job selector is not valid",
    hint: "Use 42, 1,3,5-7, @ (the last), @~1 (the one before) or a name",
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
  recovering: {
    status: 503,
    exit: 69,
    title: "The server is finding its running jobs again",
    hint: "Try again in a moment; holdfast server status shows how far it is",
  },
  shutting_down: {
    status: 503,
    exit: 69,
    title: "The server is shutting down",
    hint: "holdfast server start starts it again; running jobs continue",
  },
  storage_full: {
    status: 507,
    exit: 74,
    title: "The disk with the state folder is full",
    hint: "Free space on {path}; nothing was changed",
  },
  storage_failed: {
    status: 500,
    exit: 74,
    title: "The state folder cannot be written or read",
    hint: "{what}. Mount it for writing, or repair its permissions or its disk, then try again; running jobs continue",
  },
  internal: {
    status: 500,
    exit: 70,
    title: "Internal error",
    hint: "This is a defect of Holdfast; holdfast server logs shows it under {reference}",
  },
  forbidden: { status: 403, exit: 77, title: "That is not allowed", hint: "{what}" },
  foreign_owner: {
    status: 403,
    exit: 77,
    title: "A folder or socket of Holdfast belongs to another user",
    hint: "{path} belongs to user {owner}: nothing was sent, and nothing was changed in it. Run as that user, or set {variable} to a folder of your own",
  },

  bad_rule: {
    status: 400,
    exit: 78,
    title: "A rule about orphans is not valid",
    hint: "{where}: {what}",
  },
  no_such_rule: {
    status: 404,
    exit: 1,
    title: "There is no such rule",
    hint: "There is no rule {rule}; holdfast orphans rules lists them",
  },
  no_such_plan: {
    status: 404,
    exit: 1,
    title: "There is no such plan",
    hint: "There is no plan {plan}; holdfast orphans plan writes one",
  },
  plan_used: {
    status: 409,
    exit: 1,
    title: "The plan has been carried out",
    hint: "Plan {plan} has a receipt or is being carried out; holdfast orphans plan writes a new plan",
  },
  plan_unused: {
    status: 404,
    exit: 1,
    title: "The plan has not been carried out",
    hint: "Plan {plan} has no receipt yet; holdfast orphans reap {plan} carries it out",
  },
  family_not_named: {
    status: 409,
    exit: 2,
    title: "The plan ends processes that are not suspected",
    hint: "Name its family once more: holdfast orphans clean --kill-all --family {family} --yes-family {family}",
  },
  not_adoptable: {
    status: 409,
    exit: 1,
    title: "The process cannot be adopted",
    hint: "Process {pid} is left alone: {what}",
  },
  not_watching: {
    status: 409,
    exit: 1,
    title: "This server does not watch",
    hint: "holdfast watch watches from here; orphans.watch = true in the configuration lets the server do it",
  },
  no_such_baseline: {
    status: 404,
    exit: 1,
    title: "There is no such baseline",
    hint: "There is no baseline {name}; holdfast doctor --record {name} writes one",
  },
  not_running: {
    status: 409,
    exit: 1,
    title: "The job does not run",
    hint: "Job {id} does not run, according to {from}; holdfast show {id} shows an ended job",
  },
  no_such_target: {
    status: 404,
    exit: 1,
    title: "The target does not exist",
    hint: "{what}",
  },

  server_not_running: {
    status: 503,
    exit: 69,
    title: "No server is running",
    hint: "holdfast server start starts one; other commands start one on first use, unless autostart is off",
  },
  server_inside_job: {
    status: 409,
    exit: 69,
    title: "No server can be started inside a job",
    hint: "{what}, and the server would end with it. Start it outside: holdfast server start, or holdfast service install to have systemd keep one running",
  },
  server_did_not_start: {
    status: 500,
    exit: 69,
    title: "The server did not start",
    hint: "{what}; holdfast server logs shows why",
  },
  server_already_running: {
    status: 409,
    exit: 73,
    title: "Another server uses this state folder",
    hint: "Pid {pid} holds HOLDFAST_STATE_DIR={path}. {what}; holdfast server status shows a server that answers, holdfast server stop ends it",
  },
  socket_in_use: {
    status: 409,
    exit: 73,
    title: "The socket belongs to another server",
    hint: "{who} listens at {socket}; set HOLDFAST_RUNTIME_DIR to another folder for this one",
  },
  service_failed: {
    status: 500,
    exit: 71,
    title: "The service could not be set up",
    hint: "{what}",
  },
  service_stopped: {
    status: 503,
    exit: 69,
    title: "No server is running, and its service is stopped",
    hint: "{unit} is {state}: systemctl --{kind} start {unit} starts it; holdfast server start starts a server without it",
  },
  jobs_live: {
    status: 409,
    exit: 1,
    title: "A process of a job still lives",
    hint: "Nothing was removed: {what}. holdfast cancel --all stops the jobs; if no server runs, use holdfast emergency-stop --all",
  },
  service_not_installed: {
    status: 404,
    exit: 1,
    title: "The service is not installed",
    hint: "There is no {path}; holdfast service install --{kind} writes it",
  },
  foreign_proc: {
    status: 500,
    exit: 69,
    title: "/proc belongs to another PID namespace",
    hint: "{what}; mount the /proc of this PID namespace (unshare --mount-proc)",
  },
  other_namespace: {
    status: 409,
    exit: 1,
    title: "The processes of this job are in another PID namespace",
    hint: "The server cannot see PID namespace {namespace}; start it there to see the processes of job {id}",
  },
  state_folder_gone: {
    status: 503,
    exit: 74,
    title: "The server's state folder was removed or replaced",
    hint: "{path} was {what} while the server runs; jobs can be cancelled. Then use holdfast server restart, which begins with an empty history",
  },
  state_folder_copied: {
    status: 409,
    exit: 73,
    title: "The state folder is a copy",
    hint: "{path} is a copy of {original}, which is still there: nothing is judged or signalled from here; {next}",
  },
  namespace_not_declared: {
    status: 409,
    exit: 1,
    title: "The PID namespace is not declared to have ended",
    hint: "PID namespace {namespace}: {what}; {next}",
  },
  server_in_other_namespace: {
    status: 409,
    exit: 69,
    title: "The server runs in another PID namespace",
    hint: "It is process {pid} of PID namespace {namespace}, which cannot be seen from here; use the command there, or as root in the machine's own namespace",
  },
  server_unreachable: {
    status: 503,
    exit: 69,
    title: "The server does not answer",
    hint: "{what}; if this continues: holdfast server restart (jobs continue)",
  },
  store_too_new: {
    status: 500,
    exit: 76,
    title: "The database was written by a newer Holdfast",
    hint: "It has schema {found}, this version supports {known}; install the newer version",
  },
  store_damaged: {
    status: 500,
    exit: 65,
    title: "The database is damaged",
    hint: "{path}: {what}. holdfast server stop, then holdfast repair rebuilds it and keeps the old file; holdfast emergency-stop --dry-run --all shows what runs",
  },
  record_damaged: {
    status: 500,
    exit: 65,
    title: "The record is damaged",
    hint: "The database does not hold it as it was written: {what}. {next}",
  },
  bad_config: {
    status: 500,
    exit: 78,
    title: "The configuration is not valid",
    hint: "{where}: {what}",
  },
  keeper_missing: {
    status: 500,
    exit: 69,
    title: "The keeper program is missing",
    hint: "Build it: make -C native/keeper ({path})",
  },

  usage: { status: 400, exit: 2, title: "Usage error", hint: "{what}" },
  unreadable_file: {
    status: 400,
    exit: 2,
    title: "The file cannot be read",
    hint: "{path}: {what}",
  },
  bad_unit: { status: 400, exit: 2, title: "A duration or a size needs a unit", hint: "{what}" },
  change_unconfirmed: {
    status: 409,
    exit: 1,
    title: "The job has not changed yet",
    hint: "{what}",
  },
  death_unproven: {
    status: 409,
    exit: 1,
    title: "The end of the job is not proven yet",
    hint: "{what}",
  },
} as const satisfies Record<string, { status: number; exit: number; title: string; hint: string }>;

export type ProblemCode = keyof typeof problems;

/** Parameters that fill a hint's `{name}` places. Never a secret. */
export type ProblemDetails = Record<string, string | number>;

/** An expected refusal: a value, not an exception. */
export interface Refusal {
  code: ProblemCode;
  details: ProblemDetails;
}

export type Result<T> = { ok: true; value: T } | { ok: false; refusal: Refusal };

export function accept<T>(value: T): { ok: true; value: T } {
  return { ok: true, value };
}

export function refuse(
  code: ProblemCode,
  details: ProblemDetails = {},
): { ok: false; refusal: Refusal } {
  return { ok: false, refusal: { code, details } };
}

/** The hint with its places filled; a place without a parameter is shown as `?`. */
export function hintOf({ code, details }: Refusal): string {
  return problems[code].hint.replace(/\{(\w+)\}/g, (_, name: string) =>
    String(details[name] ?? "?"),
  );
}

/** Carries a refusal through code that can only throw (start-up, borders). */
export class RefusalError extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal, options?: ErrorOptions) {
    super(`${problems[refusal.code].title}: ${hintOf(refusal)}`, options);
    this.name = "RefusalError";
    this.refusal = refusal;
  }
}
