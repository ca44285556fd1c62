import type { Run } from "../context.ts";
import { liveStates } from "../format/states.ts";
import { stoppedPage } from "../format/stopped-attempt.ts";
import type { VerbDefinition } from "../grammar/definition.ts";
import { usageError } from "../grammar/usage-error.ts";
import { durationValue } from "../grammar/values.ts";
import { exitCodeOf, stopWithoutServer } from "../stopping/without-server.ts";

const defaultGraceMs = 5000;

export const definition: VerbDefinition = {
  name: "emergency-stop",
  usage: ["[OPTIONS] --all", "[OPTIONS] JOB..."],
  operands: [{ name: "JOB", min: 0, max: Infinity, completes: "job" }],
  actsOn: liveStates,
  options: [
    { long: "--all", summary: "Every job of this state folder" },
    { long: "--dry-run", summary: "Only show what would be stopped" },
    {
      long: "--grace",
      value: "DURATION",
      summary: "Time from the first signal to SIGKILL. Default: 5s",
    },
  ],
  description: [
    "Stops jobs without a server, through their keepers. If a keeper is gone, it finds the live processes of the attempt as a server would. It needs only the attempt folders, so it also works with a broken database. With --all it also stops jobs of a state folder that was removed from this path. Reports what it did; exits with 0 only if every process is confirmed gone.",
    "Inside a job, it stops that job last: it prints the results of the others before, and ends with its own job.",
    "JOB is a number or a list (1,3,5-7). Queued jobs are not touched: a server that runs, or is started later, launches them. The next server recognises what was stopped.",
  ],
  examples: [
    { type: "holdfast emergency-stop --dry-run --all", does: "see what there is" },
    { type: "holdfast emergency-stop 42", does: "with the server down" },
  ],
};

export const run: Run = async (context) => {
  const { args, screen, json } = context;
  const jobs = args.operands.flatMap(numbersOf);
  if (args.has("--all") === jobs.length > 0)
    throw usageError(
      "emergency-stop needs either jobs or --all",
      "holdfast emergency-stop --dry-run --all",
    );
  const graceMs = durationValue(args, "--grace") ?? defaultGraceMs;
  const stopped = await stopWithoutServer(context, {
    graceMs,
    dryRun: args.has("--dry-run"),
    jobs,
    show: (attempt) => (json ? screen.document(attempt) : screen.page(stoppedPage(attempt))),
  });
  if (stopped.length === 0 && !json) await screen.say("there is no attempt that has not ended");
  return exitCodeOf(stopped);
};

/** `3`, `1,3,5-7`. Names and @ are the server's to resolve. */
function numbersOf(text: string): number[] {
  return text.split(",").flatMap((part) => {
    const [, from, to] = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(part) ?? [];
    const first = Number(from);
    const last = to === undefined ? first : Number(to);
    if (from === undefined || last < first || last - first > 10_000)
      throw usageError(
        `emergency-stop does not know the job ${text}`,
        "Use numbers such as 42 or 1,3,5-7",
      );
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}
