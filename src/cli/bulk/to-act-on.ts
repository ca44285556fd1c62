import type { Job } from "../../client/client.ts";
import type { Context } from "../context.ts";
import { titleOf } from "../format/command-line.ts";
import { counted } from "../../contract/counted.ts";
import { printable } from "../format/printable.ts";
import { describeState } from "../format/states.ts";
import { usageError } from "../grammar/usage-error.ts";
import { chosenJobs, type Chosen } from "./chosen.ts";
import { selectionFrom, whySelected, type BulkVerb, type Selection } from "./selection.ts";

export interface ToActOn extends Chosen {
  /** Selected, not only named: a job in another state is skipped. */
  bySelector: boolean;
  /** The verb applies only while the job is in one of these states. */
  onlyIn: readonly Job["state"][] | undefined;
}

/**
 * The jobs that a command line selects; or the exit code if nothing is to be done: none matches,
 * `--dry-run` has shown them, or the question was not answered with yes. Throws RefusalError.
 */
export async function jobsToActOn(context: Context, verb: BulkVerb): Promise<ToActOn | number> {
  const { args, server, clock, screen } = context;
  const selection = selectionFrom(args, verb);
  const mayAct = args.has("--dry-run") || args.has("--yes") || !selection.everything;
  if (!mayAct) requireTerminal(context, verb);
  const chosen = await chosenJobs(server, selection, verb.actsOn, clock.nowMs());
  if (chosen.jobs.length === 0) {
    await screen.say("no job matches; nothing was done");
    return 0;
  }
  if (args.has("--dry-run")) {
    await showSelected(context, verb, chosen.jobs, selection);
    return 0;
  }
  if (!mayAct && !(await isConfirmed(context, verb, chosen.jobs))) {
    await screen.say("nothing was done");
    return 1;
  }
  return {
    ...chosen,
    bySelector: selection.operands.length === 0 || selection.states.length > 0,
    onlyIn: selection.states.length === 0 ? undefined : selection.states,
  };
}

async function showSelected(
  { screen, json }: Context,
  { name, actsOn }: BulkVerb,
  jobs: readonly Job[],
  selection: Selection,
): Promise<void> {
  const acts = ({ state }: Job) => actsOn.includes(state);
  for (const job of jobs) {
    const why = whySelected(job, selection);
    if (json) {
      await screen.document({ jobId: job.id, state: job.state, verb: name, acts: acts(job), why });
      continue;
    }
    const what = acts(job) ? `would ${name}` : `would not ${name}`;
    await screen.lines([`${what} job ${job.id} ${titleOf(job.spec)}: ${printable(why)}`]);
  }
  if (!json)
    await screen.say(`dry run: ${counted(jobs.filter(acts).length, "job")}; nothing was changed`);
}

function requireTerminal({ screen, keyboard }: Context, { name, everything }: BulkVerb): void {
  if (!keyboard.present || !screen.live)
    throw usageError(
      `${name} ${everything} asks first, and there is no terminal`,
      `holdfast ${name} ${everything} --dry-run, and then with --yes`,
    );
}

async function isConfirmed(
  { screen, keyboard }: Context,
  { name }: BulkVerb,
  jobs: readonly Job[],
): Promise<boolean> {
  const states = [...Map.groupBy(jobs, ({ state }) => state)].map(
    ([state, of]) => `${of.length} ${describeState(state)}`,
  );
  await screen.say(`${name} ${counted(jobs.length, "job")} (${states.join(", ")})?`);
  await screen.status("type yes: ");
  const typed = await keyboard.line();
  await screen.status(null);
  return typed?.trim() === "yes";
}
