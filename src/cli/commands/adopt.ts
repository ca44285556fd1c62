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
    { long: "--name", value: "NAME", summary: "Call the job so" },
    { long: "--limit", value: "DURATION", summary: "Stop it after this long, from now on" },
    { long: "--grace", value: "DURATION", summary: "From TERM to KILL when it is stopped" },
    { long: "--memory", value: "SIZE", summary: "Stop it above this; looked at once a second" },
    {
      long: "--leftovers",
      value: "WHAT",
      summary: "stop or wait for those that outlive the process; usually wait",
      completes: ["stop", "wait"],
    },
    { long: "--all-users", summary: "Another user's process; for root" },
  ],
  description: [
    "Makes a job of a process that was started elsewhere and of all below it: it is listed, shown, paused and cancelled like any other, and has a receipt. It goes on where and as it is; its output is not the job's.",
    "The guarantee is weaker, and the job's containment says so (best effort): Holdfast is not the parent of these processes. They are looked at twice a second; a child that lost its parent between two looks, or before, is not known. Signals go through pidfds after the identity was compared. How the process ended is known only where the kernel tells (Linux 6.15); else the job ends as lost. Of the limits there are time and memory.",
    "Not adopted: process 1, threads of the kernel, Holdfast's own processes, those of jobs, and other users' unless root asks with --all-users.",
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
    throw usageError(`${word} is not a pid`, "holdfast who port:8000 tells who listens there");
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
      `job ${job.id} adopts process ${word}; best effort: it was not started here, and what nobody saw of it is not stopped`,
    );
  }
  return 0;
};
