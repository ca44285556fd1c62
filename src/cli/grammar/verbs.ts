import type { Run } from "../context.ts";
import type { VerbDefinition } from "./definition.ts";

export interface Verb {
  name: string;
  alias?: string;
  /** One line, in the imperative. */
  summary: string;
  group: "jobs" | "inspect" | "steer" | "orphans" | "server" | "other";
  /**
   * The server's command host can run it: it needs a server, and of its own process only output, input,
   * signals and what the client sends.
   */
  hosted?: true;
  load: () => Promise<{ definition: VerbDefinition; run: Run }>;
}

/** Every verb. A verb's own file is loaded only when it is used: most commands need one. */
export const verbs: readonly Verb[] = [
  {
    name: "run",
    summary: "Run a command as a job and follow it",
    group: "jobs",
    load: () => import("../commands/run.ts"),
  },
  {
    name: "submit",
    summary: "Put a command into the queue",
    group: "jobs",
    hosted: true,
    load: () => import("../commands/submit.ts"),
  },
  {
    name: "retry",
    summary: "Submit an ended job again",
    group: "jobs",
    hosted: true,
    load: () => import("../commands/retry.ts"),
  },
  {
    name: "rm",
    summary: "Remove ended jobs from the history",
    group: "jobs",
    hosted: true,
    load: () => import("../commands/rm.ts"),
  },
  {
    name: "ls",
    alias: "ps",
    summary: "List jobs; -w follows changes",
    group: "inspect",
    hosted: true,
    load: () => import("../commands/ls.ts"),
  },
  {
    name: "show",
    summary: "Show everything about a job",
    group: "inspect",
    hosted: true,
    load: () => import("../commands/show.ts"),
  },
  {
    name: "logs",
    summary: "Show a job's output; -f follows it",
    group: "inspect",
    hosted: true,
    load: () => import("../commands/logs.ts"),
  },
  {
    name: "wait",
    summary: "Wait until jobs have ended",
    group: "inspect",
    hosted: true,
    load: () => import("../commands/wait.ts"),
  },
  {
    name: "receipt",
    summary: "Show how a job ended, with proof",
    group: "inspect",
    hosted: true,
    load: () => import("../commands/receipt.ts"),
  },
  {
    name: "cancel",
    summary: "Stop jobs and confirm that nothing of them is left",
    group: "steer",
    hosted: true,
    load: () => import("../commands/cancel.ts"),
  },
  {
    name: "kill",
    summary: "Stop jobs without a grace period",
    group: "steer",
    hosted: true,
    load: () => import("../commands/kill.ts"),
  },
  {
    name: "adopt",
    summary: "Supervise a process that was started elsewhere",
    group: "steer",
    hosted: true,
    load: () => import("../commands/adopt.ts"),
  },
  {
    name: "hold",
    summary: "Keep queued jobs waiting",
    group: "steer",
    hosted: true,
    load: () => import("../commands/hold.ts"),
  },
  {
    name: "release",
    summary: "Release held jobs",
    group: "steer",
    hosted: true,
    load: () => import("../commands/release.ts"),
  },
  {
    name: "pause",
    summary: "Freeze running jobs",
    group: "steer",
    hosted: true,
    load: () => import("../commands/pause.ts"),
  },
  {
    name: "resume",
    summary: "Resume paused jobs",
    group: "steer",
    hosted: true,
    load: () => import("../commands/resume.ts"),
  },
  {
    name: "server start",
    summary: "Start the server",
    group: "server",
    load: () => import("../commands/server-start.ts"),
  },
  {
    name: "server stop",
    summary: "Stop the server; jobs continue",
    group: "server",
    load: () => import("../commands/server-stop.ts"),
  },
  {
    name: "server restart",
    summary: "Restart the server; jobs continue",
    group: "server",
    load: () => import("../commands/server-restart.ts"),
  },
  {
    name: "server status",
    summary: "Show the state of the server",
    group: "server",
    load: () => import("../commands/server-status.ts"),
  },
  {
    name: "server logs",
    summary: "Show the server's log; -f follows it",
    group: "server",
    load: () => import("../commands/server-logs.ts"),
  },
  {
    name: "gpus",
    summary: "Show the GPUs and the processes that hold them",
    group: "inspect",
    hosted: true,
    load: () => import("../commands/gpus.ts"),
  },
  {
    name: "holders",
    summary: "Show which processes hold a GPU, a port or a file",
    group: "inspect",
    hosted: true,
    load: () => import("../commands/holders.ts"),
  },
  {
    name: "doctor",
    summary: "Find out why the machine, or a job, is slow",
    group: "inspect",
    load: () => import("../commands/doctor.ts"),
  },
  {
    name: "doctor watch",
    summary: "Examine repeatedly; raise and clear alerts",
    group: "inspect",
    load: () => import("../commands/doctor-watch.ts"),
  },
  {
    name: "orphans",
    summary: "Find processes that other programs left behind",
    group: "orphans",
    load: () => import("../commands/orphans.ts"),
  },
  {
    name: "orphans clean",
    summary: "Scan, plan and reap in one command",
    group: "orphans",
    load: () => import("../commands/orphans-clean.ts"),
  },
  {
    name: "orphans leftovers",
    summary: "List shared memory, sockets and folders left behind",
    group: "orphans",
    load: () => import("../commands/orphans-leftovers.ts"),
  },
  {
    name: "orphans plan",
    summary: "Plan which processes to end, with the evidence",
    group: "orphans",
    load: () => import("../commands/orphans-plan.ts"),
  },
  {
    name: "orphans reap",
    summary: "Carry a plan out",
    group: "orphans",
    load: () => import("../commands/orphans-reap.ts"),
  },
  {
    name: "orphans receipt",
    summary: "Show the result of a plan",
    group: "orphans",
    load: () => import("../commands/orphans-receipt.ts"),
  },
  {
    name: "orphans rules",
    summary: "List the rules, or test a file of rules",
    group: "orphans",
    load: () => import("../commands/orphans-rules.ts"),
  },
  {
    name: "orphans status",
    summary: "Check the sources of other systems' job status",
    group: "orphans",
    load: () => import("../commands/orphans-status.ts"),
  },
  {
    name: "watch",
    summary: "Search for orphans repeatedly",
    group: "orphans",
    load: () => import("../commands/watch.ts"),
  },
  {
    name: "selftest",
    summary: "Test what this machine can contain and prove",
    group: "other",
    load: () => import("../commands/selftest.ts"),
  },
  {
    name: "service install",
    summary: "Install a systemd service for the server",
    group: "server",
    load: () => import("../commands/service-install.ts"),
  },
  {
    name: "service stop",
    summary: "Stop the service, and optionally its jobs",
    group: "server",
    load: () => import("../commands/service-stop.ts"),
  },
  {
    name: "service uninstall",
    summary: "Remove the systemd service; jobs continue",
    group: "server",
    load: () => import("../commands/service-uninstall.ts"),
  },
  {
    name: "service status",
    summary: "Show the state of the service",
    group: "server",
    load: () => import("../commands/service-status.ts"),
  },
  {
    name: "emergency-stop",
    summary: "Stop jobs when the server is down or broken",
    group: "server",
    load: () => import("../commands/emergency-stop.ts"),
  },
  {
    name: "repair",
    summary: "Rebuild a damaged or lost database",
    group: "server",
    load: () => import("../commands/repair.ts"),
  },
  {
    name: "export",
    summary: "Export the history, one job a line",
    group: "server",
    load: () => import("../commands/export.ts"),
  },
  {
    name: "import",
    summary: "Import an exported history",
    group: "server",
    load: () => import("../commands/import.ts"),
  },
  {
    name: "uninstall",
    summary: "List or remove what Holdfast stores on this machine",
    group: "other",
    load: () => import("../commands/uninstall.ts"),
  },
  {
    name: "completion",
    summary: "Print the completion script of a shell",
    group: "other",
    hosted: true,
    load: () => import("../commands/completion.ts"),
  },
  {
    name: "version",
    summary: "Show the versions of the command and the server",
    group: "other",
    hosted: true,
    load: () => import("../commands/version.ts"),
  },
  {
    name: "help",
    summary: "Show the help of a verb",
    group: "other",
    hosted: true,
    load: () => import("../commands/help.ts"),
  },
];
