import type { Run } from "../context.ts";
import type { VerbDefinition } from "../grammar/definition.ts";
import { requireSameNamespace } from "../server-control.ts";
import { usageError } from "../grammar/usage-error.ts";
import { choiceValue, durationValue, sizeValue } from "../grammar/values.ts";

export const definition: VerbDefinition = {
  name: "adopt",
  usage: ["[OPTIONS] PID"],
  operands: [{ name: "PID", min: 1, max: 1, completes: [] }],
  options: [
    { long: "--name", value: "NAME", summary: "Name of the job" },
    { long: "--limit", value: "DURATION", summary: "Time limit, counted from now" },
    {
      long: "--grace",
      value: "DURATION",
      summary: "Time from SIGTERM to SIGKILL when it is stopped",
    },
    { long: "--memory", value: "SIZE", summary: "Maximum memory, sampled once a second" },
    {
      long: "--leftovers",
      value: "WHAT",
      summary:
        "Processes that outlive the main process: stop them, or wait for them. Default: wait",
      completes: ["stop", "wait"],
    },
    { long: "--all-users", summary: "Allow another user's process (requires root)" },
  ],
  description: [
    "Makes a job of a process that was started elsewhere and of all its descendants. The job is listed, shown, paused and cancelled like any other, and has a receipt. The process continues unchanged. Its output is not captured.",
    "The guarantee is weaker (containment: best effort), because Holdfast is not the parent of these processes. They are sampled twice a second. A child that lost its parent between two samples, or before the adoption, is not detected. Signals are sent through pidfds after the identity was compared. How the process ended is known only where the kernel reports it (Linux 6.15); otherwise the job ends as lost. Only time and memory can be limited.",
    "Process 1, kernel threads, Holdfast's own processes and processes of jobs are not adopted. Another user's process is adopted only by root with --all-users.",
  ],
  examples: [
    { type: "holdfast adopt 4711", does: "a training that was started at a shell" },
    { type: "holdfast adopt --limit 2h --memory 32GiB 4711", does: "with limits" },
  ],
};

export const run: Run = async (context) => {
  const { args, screen, server, json } = context;
  const [word = ""] = args.operands;
  if (!/^[1-9]\d{0,8}$/.test(word))
    throw usageError(
      `${word} is not a pid`,
      "holdfast holders port:8000 shows which process listens there",
    );
  const name = args.value("--name");
  const limitMs = durationValue(args, "--limit");
  const graceMs = durationValue(args, "--grace");
  const memoryMaxBytes = sizeValue(args, "--memory");
  const leftovers = choiceValue(args, "--leftovers", ["stop", "wait"]);
  await requireSameNamespace(context);
  const job = await server.adopt({
    pid: Number(word),
    allUsers: args.has("--all-users"),
    leftovers: leftovers ?? "wait",
    ...(name === undefined ? {} : { name }),
    ...(limitMs === undefined ? {} : { limitMs }),
    ...(graceMs === undefined ? {} : { graceMs }),
    ...(memoryMaxBytes === undefined ? {} : { memoryMaxBytes }),
  });
  if (json) await screen.document(job);
  else {
    await screen.lines([String(job.id)]);
    await screen.say(
      `job ${job.id} adopts process ${word}; best effort: Holdfast did not start it, and does not stop descendants that it did not see`,
    );
  }
  return 0;
};
