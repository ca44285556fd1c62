import { stopScopes } from "../../contract/stop-scopes.ts";
import { retryCauses, defaultCauses } from "../../contract/retry-causes.ts";
import type { OptionDefinition } from "../grammar/definition.ts";

/** The options of `run` and `submit` that describe a job. */
export const submissionOptions: readonly OptionDefinition[] = [
  {
    long: "--name",
    short: "-n",
    value: "NAME",
    summary: "Name of the job, for use with other verbs",
  },
  {
    long: "--cwd",
    short: "-C",
    value: "FOLDER",
    summary: "Working directory. Default: the current one",
    completes: "folder",
  },
  {
    long: "--env",
    short: "-e",
    value: "KEY[=VALUE]",
    repeats: true,
    summary: "Set a variable, or pass on the current value (with --clean-env)",
  },
  {
    long: "--env-file",
    value: "FILE",
    repeats: true,
    summary: "Set variables from the lines KEY=VALUE of a file",
    completes: "file",
  },
  {
    long: "--clean-env",
    summary: "Pass on only PATH, HOME, USER, LANG and similar variables",
  },
  {
    long: "--line-buffered",
    summary:
      "Run it under stdbuf -oL -eL, so that a C program writes each line at once. Without it, lines that are still in the program's buffer are lost when it is killed",
  },
  { long: "--no-unbuffered", summary: "Do not set PYTHONUNBUFFERED=1" },
  {
    long: "--limit",
    value: "DURATION",
    summary: "Time limit (e.g. 2h), after which it is stopped",
  },
  {
    long: "--grace",
    value: "DURATION",
    summary: "Time from the first signal to SIGKILL (e.g. 30s)",
  },
  {
    long: "--stop-signal",
    value: "SIGNAL",
    summary: "First signal: HUP, INT, QUIT, USR1, USR2 or TERM",
    completes: ["HUP", "INT", "QUIT", "USR1", "USR2", "TERM"],
  },
  {
    long: "--stop-scope",
    value: "SCOPE",
    summary:
      "Processes that get the first signal. all: every process. main: the main process. main-first: the main process, then the others once it has ended or half of the grace period is over. Default: jobs.stop_scope of the configuration, or main-first",
    completes: [...stopScopes],
  },
  {
    long: "--leftovers",
    value: "POLICY",
    summary: "Processes that outlive the main process: stop them, or wait for them",
    completes: ["stop", "wait"],
  },
  {
    long: "--escaped",
    value: "POLICY",
    summary:
      "Processes that other programs start for the job (systemd-run, at): report them, or stop them",
    completes: ["report", "stop"],
  },
  { long: "--retries", value: "COUNT", summary: "Retry automatically, at most COUNT times" },
  {
    long: "--retry-on",
    value: "CAUSES",
    repeats: true,
    summary: `Causes of a retry (e.g. failed,timed_out). Default: ${defaultCauses.join(",")}`,
    completes: [...retryCauses],
  },
  {
    long: "--retry-delay",
    value: "DURATION",
    summary: "Time before the first retry; it doubles with each retry. Default: 10s",
  },
  {
    long: "--with-server",
    summary: "Stop the job if no server has run for 30 s",
  },
  { long: "--gpus", short: "-g", value: "COUNT", summary: "Number of whole GPUs to assign" },
  {
    long: "--container",
    value: "RUNTIME:IMAGE",
    summary: "Run it in a container under podman, docker, apptainer or singularity",
  },
  {
    long: "--bind",
    value: "HOST[:INSIDE[:ro]]",
    repeats: true,
    summary: "Folder to mount in the container; the working directory is always mounted",
    completes: "folder",
  },
  {
    long: "--container-arg",
    value: "ARG",
    repeats: true,
    summary: "Option to pass to the runtime (e.g. --container-arg=--network=none)",
  },
  { long: "--priority", value: "NUMBER", summary: "Higher priorities start first. Default: 0" },
  { long: "--hold", summary: "Do not start it before holdfast release" },
  { long: "--tag", value: "TAG", repeats: true, summary: "Tag of the job, for holdfast ls --tag" },
  { long: "--split-output", summary: "Write stdout and stderr to separate logs" },
  {
    long: "--output-quota",
    value: "SIZE",
    summary: "Keep about this much of the end of each log (e.g. 1GiB)",
  },
  {
    long: "--memory",
    value: "SIZE",
    summary: "Maximum memory (e.g. 16GiB). The kernel kills the job when it exceeds this",
  },
  {
    long: "--memory-high",
    value: "SIZE",
    summary: "Memory above which the kernel slows the job down instead of killing it",
  },
  { long: "--swap", value: "SIZE", summary: "Maximum swap space; 0 for none" },
  {
    long: "--cpu",
    value: "CORES",
    summary: "Maximum CPU time, in CPUs (e.g. 1.5)",
  },
  {
    long: "--cpu-weight",
    value: "WEIGHT",
    summary: "Share of the CPUs when they are busy, 1 to 10000. Default: 100",
  },
  { long: "--pids", value: "COUNT", summary: "Maximum number of processes and threads" },
  {
    long: "--io-weight",
    value: "WEIGHT",
    summary: "Share of the disks when they are busy, 1 to 10000. Default: 100",
  },
  {
    long: "--strict-limits",
    summary: "Refuse the job if a limit cannot be applied at all, instead of running it without",
  },
  { long: "--nice", value: "NUMBER", summary: "Niceness of its processes" },
  { long: "--cpus", value: "LIST", summary: "Run it on these CPUs only (e.g. 0-3,8)" },
  {
    long: "--rlimit",
    value: "NAME=SOFT:HARD",
    repeats: true,
    summary: "Resource limit, as for prlimit (e.g. nofile=4096:4096)",
  },
];

export const submissionNotes: readonly string[] = [
  "Options of holdfast come before PROGRAM. Everything after it is passed to the job. -- before PROGRAM is allowed.",
  "A retry is another attempt of the same job: the job keeps its number and ends with its last attempt. The command finds HOLDFAST_RETRY (0 at first) and HOLDFAST_RETRY_AFTER (the cause) in its environment, and resumes from its own checkpoint.",
  "The job's standard input is empty.",
  "The job inherits umask, resource limits, CPUs, niceness, OOM score and ignored signals from this command, not from the server.",
  "The job gets the whole environment of this command (PATH, conda, CUDA). No command shows its values again. PYTHONUNBUFFERED=1 is set unless you have set it, so that Python's output appears when it is written.",
];
