import { stopScopes } from "../../contract/stop-scopes.ts";
import { retryCauses, usualCauses } from "../../contract/retry-causes.ts";
import type { OptionDefinition } from "../grammar/definition.ts";

/** What `run` and `submit` can be told about a job. */
export const submissionOptions: readonly OptionDefinition[] = [
  {
    long: "--name",
    short: "-n",
    value: "NAME",
    summary: "Call the job so; other verbs take the name",
  },
  {
    long: "--cwd",
    short: "-C",
    value: "FOLDER",
    summary: "Run it there instead of here",
    completes: "folder",
  },
  {
    long: "--env",
    short: "-e",
    value: "KEY[=VALUE]",
    repeats: true,
    summary: "Set a variable, or take it from here (with --clean-env)",
  },
  {
    long: "--env-file",
    value: "FILE",
    repeats: true,
    summary: "Set variables from lines KEY=VALUE",
    completes: "file",
  },
  {
    long: "--clean-env",
    summary: "Leave this environment behind, but for PATH, HOME, USER, LANG and the like",
  },
  {
    long: "--line-buffered",
    summary:
      "Run it under stdbuf -oL -eL: a C program writes each line at once. Without it, lines that it has not written when it is killed are lost",
  },
  { long: "--no-unbuffered", summary: "Do not set PYTHONUNBUFFERED=1" },
  { long: "--limit", value: "DURATION", summary: "Stop it after so long, such as 2h" },
  { long: "--grace", value: "DURATION", summary: "From the first signal to KILL, such as 30s" },
  {
    long: "--stop-signal",
    value: "SIGNAL",
    summary: "The first signal: HUP, INT, QUIT, USR1, USR2 or TERM",
    completes: ["HUP", "INT", "QUIT", "USR1", "USR2", "TERM"],
  },
  {
    long: "--stop-scope",
    value: "SCOPE",
    summary:
      "Processes that get it: all; main-first: the main one, and the others when it has ended or half of the grace is over; or main. Default: main-first, or jobs.stop_scope of the configuration",
    completes: [...stopScopes],
  },
  {
    long: "--leftovers",
    value: "POLICY",
    summary: "Processes that outlive the main one: stop them, or wait for them",
    completes: ["stop", "wait"],
  },
  {
    long: "--escaped",
    value: "POLICY",
    summary: "Processes that others run for it (systemd-run, at): report them, or stop them",
    completes: ["report", "stop"],
  },
  { long: "--retries", value: "COUNT", summary: "Run it again by itself, so often at most" },
  {
    long: "--retry-on",
    value: "CAUSES",
    repeats: true,
    summary: `After what, such as failed,timed_out; without it ${usualCauses.join(",")}`,
    completes: [...retryCauses],
  },
  {
    long: "--retry-delay",
    value: "DURATION",
    summary: "Wait so long before the first retry, twice as long before the next; 10s is usual",
  },
  {
    long: "--with-server",
    summary: "Stop it when no server has been there for 30 s",
  },
  { long: "--gpus", short: "-g", value: "COUNT", summary: "Give it so many whole GPUs" },
  {
    long: "--container",
    value: "RUNTIME:IMAGE",
    summary: "Run it in a container of podman, docker, apptainer or singularity",
  },
  {
    long: "--bind",
    value: "HOST[:INSIDE[:ro]]",
    repeats: true,
    summary: "Show the container that folder; the working directory is always there",
    completes: "folder",
  },
  {
    long: "--container-arg",
    value: "ARG",
    repeats: true,
    summary: "Hand an option to the runtime, such as --container-arg=--network=none",
  },
  { long: "--priority", value: "NUMBER", summary: "Higher ones start first; 0 is usual" },
  { long: "--hold", summary: "Do not start it before holdfast release" },
  { long: "--tag", value: "TAG", repeats: true, summary: "Mark it, for holdfast ls --tag" },
  { long: "--split-output", summary: "Keep stdout and stderr apart" },
  {
    long: "--output-quota",
    value: "SIZE",
    summary: "Keep about so much of the end of each log, such as 1GiB",
  },
  {
    long: "--memory",
    value: "SIZE",
    summary: "Give it so much memory at most, such as 16GiB; the kernel kills it beyond",
  },
  {
    long: "--memory-high",
    value: "SIZE",
    summary: "Slow it down from so much memory on, instead of killing it",
  },
  { long: "--swap", value: "SIZE", summary: "Give it so much swap space at most; 0 is none" },
  {
    long: "--cpu",
    value: "CORES",
    summary: "Give it the time of so many CPUs at most, such as 1.5",
  },
  {
    long: "--cpu-weight",
    value: "WEIGHT",
    summary: "Its share of the CPUs when they are short, 1 to 10000; 100 is usual",
  },
  { long: "--pids", value: "COUNT", summary: "So many processes and threads at most" },
  {
    long: "--io-weight",
    value: "WEIGHT",
    summary: "Its share of the disks when they are busy, 1 to 10000; 100 is usual",
  },
  {
    long: "--strict-limits",
    summary: "Refuse it where a limit cannot be applied at all, instead of running without",
  },
  { long: "--nice", value: "NUMBER", summary: "Run it with this niceness" },
  { long: "--cpus", value: "LIST", summary: "Run it on these CPUs only, such as 0-3,8" },
  {
    long: "--rlimit",
    value: "NAME=SOFT:HARD",
    repeats: true,
    summary: "Limit it as prlimit does, such as nofile=4096:4096",
  },
];

export const submissionNotes: readonly string[] = [
  "Everything from PROGRAM on belongs to the job: options of holdfast come before it. -- before PROGRAM is allowed.",
  "A retry is another attempt of the same job: its number stays, and it has not ended before the last attempt has. The command finds HOLDFAST_RETRY (0 at first) and HOLDFAST_RETRY_AFTER (the cause) in its environment, and resumes from its own checkpoint.",
  "The job reads nothing: its standard input is empty.",
  "The job inherits umask, resource limits, CPUs, niceness, OOM score and ignored signals from here, not from the server.",
  "The whole environment goes along (PATH, conda, CUDA), and values are never shown again by any command. PYTHONUNBUFFERED=1 is set as well where you have not set it yourself, so that Python's output is there when it is written.",
];
