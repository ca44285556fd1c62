import { counted } from "../../contract/counted.ts";
import { RefusalError } from "../../contract/problems.ts";
import type { Adoptable, StoppedAttempt } from "../../contract/rescue.ts";
import type { Context, Run } from "../context.ts";
import { commandLine } from "../format/command-line.ts";
import { stoppedPage } from "../format/stopped-attempt.ts";
import type { VerbDefinition } from "../grammar/definition.ts";
import { usageError } from "../grammar/usage-error.ts";
import { choiceValue, durationValue } from "../grammar/values.ts";
import { rescue } from "../rescue.ts";
import { isOwn } from "../service/own-service.ts";
import { exitCodeOf, stopWithoutServer } from "../stopping/without-server.ts";
import { kindWanted, readUnit, systemctl, unitName, unitPath } from "../service/unit-file.ts";

const fates = ["keep", "cancel"] as const;
type Fate = (typeof fates)[number];

const defaultGraceMs = 10_000;

export const definition: VerbDefinition = {
  name: "service stop",
  usage: ["[--user|--system] [--jobs keep|cancel]"],
  operands: [],
  options: [
    { long: "--user", summary: "The service of your own systemd (the default)" },
    { long: "--system", summary: "The service of the machine (requires root)" },
    {
      long: "--jobs",
      value: "FATE",
      summary: "What to do with running jobs: keep them, or cancel them",
      completes: fates,
    },
    {
      long: "--grace",
      value: "DURATION",
      summary: "With --jobs cancel: time from SIGTERM to SIGKILL. Default: 10s",
    },
  ],
  description: [
    "Stops the service. With --jobs keep, running jobs continue without a server, with their time limits, as after systemctl stop. With --jobs cancel, the server ends first, so that nothing new starts, and then every running job is stopped through its keeper; the next server records them as cancelled. In both cases queued jobs, and jobs that wait for a retry, wait for the next server.",
    "If jobs run, it asks on a terminal; elsewhere it needs --jobs. Exits with 0 only if every process of the jobs to cancel is confirmed gone.",
  ],
  examples: [
    { type: "holdfast service stop --jobs cancel", does: "stop everything of Holdfast" },
    { type: "systemctl --user start holdfast.service", does: "start it again" },
  ],
};

export const run: Run = async (context) => {
  const { args, screen, json, env } = context;
  const kind = kindWanted(context);
  const path = unitPath(kind, env);
  const unit = readUnit(path);
  if (unit === null)
    throw new RefusalError({ code: "service_not_installed", details: { path, kind } });
  if (!isOwn(unit, kind, context)) throw notOwn(unit);
  const wanted = choiceValue(args, "--jobs", fates);
  const { attempts: running } = await rescue(context, "adoptable");
  const fate = wanted ?? (running.length === 0 ? "keep" : await askedFate(context, running));
  if (fate === null) {
    await screen.say("Nothing was done");
    return 1;
  }
  await systemctl(context, kind, "stop", unitName);
  const graceMs = durationValue(args, "--grace") ?? defaultGraceMs;
  if (!json) {
    await screen.say(`stopped ${unitName}; systemctl --${kind} start ${unitName} starts it again`);
    if (fate === "keep" && running.length > 0)
      await screen.say(`${continuing(running)} without it`);
  }
  const show = async (attempt: StoppedAttempt) => {
    if (!json) await screen.page(stoppedPage(attempt));
  };
  const stopped =
    fate === "cancel"
      ? await stopWithoutServer(context, { graceMs, dryRun: false, jobs: [], show })
      : [];
  if (json) await screen.document({ kind, jobs: fate, running, stopped });
  return exitCodeOf(stopped);
};

/** Refuses for a service whose jobs this user cannot see. */
function notOwn(unit: string): RefusalError {
  const user = /^User=(.*)$/m.exec(unit)?.[1];
  return usageError(
    `The service runs ${user === undefined ? "a server of another state folder" : `the jobs of ${user}`}`,
    `sudo systemctl stop ${unitName} stops it and keeps the jobs; ${user === undefined ? "" : `sudo -u ${user} `}holdfast emergency-stop --all then stops them`,
  );
}

/** Null: another answer. */
async function askedFate(context: Context, running: readonly Adoptable[]): Promise<Fate | null> {
  const { screen, keyboard } = context;
  if (!keyboard.present || !screen.live)
    throw usageError(
      `service stop needs to know what to do with running jobs, and there is no terminal to ask: ${counted(running.length, "job")}`,
      "holdfast service stop --jobs keep, or --jobs cancel",
    );
  for (const { job, attempt, command } of running)
    await screen.say(
      `${job === null ? `attempt ${attempt}` : `job ${job}`} ${commandLine(command)}`,
    );
  await screen.status("type keep to leave them running, or cancel to stop them: ");
  const typed = await keyboard.line();
  await screen.status(null);
  return fates.find((fate) => fate === typed?.trim()) ?? null;
}

function continuing(running: readonly unknown[]): string {
  return running.length === 1 ? "1 job continues" : `${running.length} jobs continue`;
}
