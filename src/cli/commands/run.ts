import type { Run } from "../context.ts";
import { titleOf } from "../format/command-line.ts";
import { exitCodeOf } from "../format/exit-code.ts";
import { follow } from "../follow/follow.ts";
import type { VerbDefinition } from "../grammar/definition.ts";
import { submissionNotes, submissionOptions } from "../submission/options.ts";
import { jobRequest } from "../submission/request.ts";
import { submitOnce } from "../submission/submit.ts";
import { warnOfLimits } from "../submission/warnings.ts";
import { watchJob } from "../watch.ts";

export const definition: VerbDefinition = {
  name: "run",
  usage: ["[OPTIONS] PROGRAM [ARGUMENT...]", "[OPTIONS] -- PROGRAM [ARGUMENT...]"],
  operands: [{ name: "PROGRAM", min: 1, max: Infinity, completes: "command" }],
  takesCommand: true,
  options: submissionOptions,
  description: [
    "Submits a job and follows it: its output on stdout, its state and progress on stderr. Exits with the job's own code, 128 + n for signal n, 127 or 126 if the program cannot be executed, 124 at its time limit, 130 if cancelled, 125 if the outcome is unknown.",
    "On a terminal, Ctrl+C asks whether to detach (the job continues), cancel or kill. A second Ctrl+C cancels, and another one while the job stops cuts its grace period short. Without a terminal the first one cancels. SIGTERM and SIGHUP detach. After detaching, the exit code is 125 (143, 129).",
    ...submissionNotes,
    "With --json the job's output stays in its log, and the document of the ended job is written to stdout.",
  ],
  examples: [
    { type: "holdfast run -- python3 examples/train.py", does: "train, and watch it" },
    { type: "holdfast run -g 2 python t.py --lr 0.1", does: "on two GPUs; --lr belongs to t.py" },
    { type: "holdfast run --limit 2h -n nightly make test", does: "stopped after two hours" },
  ],
};

export const run: Run = async (context) => {
  const job = await submitOnce(context, jobRequest(context.args, context.submitter(), context.cwd));
  await context.screen.say(`job ${job.id} ${titleOf(job.spec)}`);
  await warnOfLimits(context.screen, job);
  if (!context.json) return await follow(context, job);
  let last = job;
  for await (const now of watchJob(context.server, job.id, 0, {})) last = now;
  await context.screen.document(last);
  return exitCodeOf(last);
};
