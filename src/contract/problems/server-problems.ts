import type { ProblemDefinition } from "./problem-definition.ts";

/** Server, service, state folder and store. */
export const serverProblems = {
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
    hint: "{listener} listens at {socket}; set HOLDFAST_RUNTIME_DIR to another folder for this one",
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
  inspection_stuck: {
    status: 503,
    exit: 1,
    title: "The machine did not answer in time",
    hint: "Reading /proc took longer than {seconds} s: perhaps a process hangs in the kernel. ps -eo pid,stat,wchan:20,comm shows it in state D; try again when it has ended",
  },
  program_replaced: {
    status: 503,
    exit: 1,
    title: "The programs of this server were replaced",
    hint: "{path} is of another build. Restart the server: holdfast server stop, then any command; jobs continue",
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
} as const satisfies Record<string, ProblemDefinition>;
