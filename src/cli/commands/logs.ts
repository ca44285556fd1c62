import type { Job } from "../../client/client.ts";
import type { DroppedOutput, OutputWanted } from "../../client/output.ts";
import type { Context, Run } from "../context.ts";
import { printHints } from "../follow/hints.ts";
import { titleOf } from "../format/command-line.ts";
import { droppedMessage } from "../format/dropped-message.ts";
import { jobOperands, selectorHelp, type VerbDefinition } from "../grammar/definition.ts";
import { usageError } from "../grammar/usage-error.ts";
import { durationValue, wholeValue } from "../grammar/values.ts";
import { writtenSince } from "../format/written-since.ts";
import { actOnEach, selectedJobs } from "../select.ts";

export const definition: VerbDefinition = {
  name: "logs",
  usage: ["[OPTIONS] JOB..."],
  operands: jobOperands,
  options: [
    { long: "--follow", short: "-f", summary: "Follow the output until the job has ended" },
    { long: "--lines", short: "-n", value: "COUNT", summary: "Only the last COUNT lines" },
    { long: "--since", value: "DURATION", summary: "Only what was written in this time until now" },
    {
      long: "--attempt",
      value: "NUMBER",
      summary: "Output of this attempt. Default: the last one",
    },
    { long: "--stderr", summary: "Error output of a job with --split-output" },
  ],
  description: [
    "Writes the output of the job's last attempt, byte for byte. With -f it continues with the next attempt when the job is retried. With several jobs a line on stderr names the job whose output follows; a refusal for one does not affect the others, and the exit code is that of the first refusal.",
    "A log contains no times. --since 10m therefore writes everything if the job started within the last ten minutes, and nothing if it ended before. In between it refuses; use -n instead.",
    "With --json each chunk is a line {jobId, stream, offset, base64}. A message on stderr, and droppedBytes in the next chunk, say what the job's --output-quota dropped.",
    selectorHelp,
  ],
  examples: [
    { type: "holdfast logs -f @", does: "follow the job submitted last" },
    { type: "holdfast logs -n 20 nightly", does: "its last lines" },
  ],
};

export const run: Run = async (context) => {
  const { args, screen } = context;
  const wanted = wantedFrom(context);
  const sinceMs = durationValue(args, "--since");
  const jobs = await selectedJobs(context);
  if (jobs.length > 1 && wanted.follow === true)
    throw usageError("One job can be followed at a time", "holdfast ls -w shows several");
  const several = jobs.length > 1;
  return await actOnEach(context, jobs, async (job) => {
    if (sinceMs !== undefined && !someWrittenSince(context, job, sinceMs)) return 0;
    if (several) await screen.say(`==> job ${job.id} ${titleOf(job.spec)} <==`);
    await copy(context, job, wanted);
    return 0;
  });
};

function wantedFrom({ args }: Context): OutputWanted {
  const lines = wholeValue(args, "--lines", 0);
  const attempt = wholeValue(args, "--attempt", 1);
  return {
    ...(attempt === undefined ? {} : { attempt }),
    stream: args.has("--stderr") ? "stderr" : "stdout",
    follow: args.has("--follow"),
    ...(lines === undefined ? {} : { lines }),
  };
}

function someWrittenSince({ clock }: Context, job: Job, sinceMs: number): boolean {
  const written = writtenSince(job, clock.nowMs() - sinceMs);
  if (written === "unknown")
    throw usageError(
      `Job ${job.id} ran before that and after it, and its log has no times`,
      `holdfast logs -n 100 ${job.id} shows the last lines, -f what comes`,
    );
  return written === "all";
}

async function copy(context: Context, job: Job, wanted: OutputWanted) {
  const { server, screen, json } = context;
  const { stream } = wanted;
  const onCut = (offset: number) => {
    // A reader that has gone is met by the data.
    void screen.say(cutMessage(job.id, wanted, offset)).catch(() => undefined);
  };
  let dropped: { droppedBytes?: number } = {};
  const onDropped = (gap: DroppedOutput) => {
    dropped = { droppedBytes: gap.to - gap.from };
    void screen.say(droppedMessage(job, stream, gap)).catch(() => undefined);
  };
  const stopHints = wanted.follow === true && !json ? printHints(context, job.id) : null;
  try {
    for await (const { offset, bytes } of server.readOutput(job.id, {
      ...wanted,
      onCut,
      onDropped,
    })) {
      if (json) {
        const base64 = bytes.toString("base64");
        await screen.document({ jobId: job.id, stream, offset, ...dropped, base64 });
        dropped = {};
      } else await screen.data(bytes);
    }
  } finally {
    stopHints?.();
  }
}

function cutMessage(id: number, { lines, attempt, stream }: OutputWanted, offset: number): string {
  const [what, inside] =
    lines === 1 ? ["last line is", "it"] : [`last ${lines ?? 0} lines are`, "them"];
  const whole = [
    "holdfast logs",
    id,
    ...(attempt === undefined ? [] : ["--attempt", attempt]),
    ...(stream === "stderr" ? ["--stderr"] : []),
  ].join(" ");
  return `job ${id}: the ${what} longer than -n searches (8 MiB): the output begins inside ${inside}, at byte ${offset}; ${whole} writes all of it`;
}
