import type { Run } from "../context.ts";
import { titleOf } from "../format/command-line.ts";
import type { VerbDefinition } from "../grammar/definition.ts";
import { submissionNotes, submissionOptions } from "../submission/options.ts";
import { jobRequest } from "../submission/request.ts";
import { submitOnce } from "../submission/submit.ts";
import { warnOfLimits } from "../submission/warnings.ts";

export const definition: VerbDefinition = {
  name: "submit",
  usage: ["[OPTIONS] PROGRAM [ARGUMENT...]", "[OPTIONS] -- PROGRAM [ARGUMENT...]"],
  operands: [{ name: "PROGRAM", min: 1, max: Infinity, completes: "command" }],
  takesCommand: true,
  options: submissionOptions,
  description: [
    "Submits a job, writes its number to stdout and returns. The job runs in the background.",
    ...submissionNotes,
  ],
  examples: [
    { type: "holdfast submit -n nightly python train.py", does: "put it into the queue" },
    { type: "id=$(holdfast submit make test); holdfast wait $id", does: "use the number" },
  ],
};

export const run: Run = async (context) => {
  const { screen } = context;
  const job = await submitOnce(context, jobRequest(context.args, context.submitter(), context.cwd));
  await warnOfLimits(screen, job);
  if (context.json) {
    await screen.document(job);
    return 0;
  }
  await screen.data(`${job.id}\n`);
  if (screen.outIsTerminal)
    await screen.say(`submitted ${titleOf(job.spec)}; holdfast logs -f ${job.id} follows it`);
  return 0;
};
