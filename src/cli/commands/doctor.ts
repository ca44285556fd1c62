import type { DoctorErrand, DoctorReport } from "../../contract/doctor.ts";
import { severityExitCodes } from "../../contract/doctor-severities.ts";
import { formatDuration } from "../../contract/units.ts";
import type { Context, Run } from "../context.ts";
import { liveStates } from "../format/states.ts";
import { doctorNews, SecondInterrupt } from "../doctor-program.ts";
import { printable } from "../format/printable.ts";
import { doctorPage } from "../format/doctor-page.ts";
import { exitCodes } from "../format/exit-code.ts";
import type { VerbDefinition } from "../grammar/definition.ts";
import { doctorOptions, errandFrom } from "../grammar/doctor-options.ts";

export const definition: VerbDefinition = {
  name: "doctor",
  usage: ["[OPTIONS]", "[OPTIONS] JOB"],
  operands: [{ name: "JOB", min: 0, max: 1, completes: "job" }],
  actsOn: liveStates,
  options: [
    ...doctorOptions,
    { long: "--record", value: "NAME", summary: "Save the measurements as a baseline" },
    { long: "--strict", summary: "Exit with 5 if a facet was not measured" },
  ],
  description: [
    "Measures for a while and reports what is wrong, the worst first, each finding with its measurement, threshold, window, source, certainty, and the next command to type. Changes nothing, and works without a server. Ctrl+C ends the window early and shows what was measured until then.",
    "Reports healthy only if every facet was measured. Otherwise it reports that no problem was found, with the facets that were not measured and why. Exits with 0 if no finding is more severe than info, with 3 for a warning, with 4 for a critical finding.",
    "With JOB it examines that job: its control group and processes, GPUs, ports and progress. Most measurements have a meaning only in comparison with a good run: save one with --record while the job runs well, and compare with it later (--compare). The thresholds are in the section doctor of the configuration.",
  ],
  examples: [
    { type: "holdfast doctor", does: "why is it slow?" },
    { type: "holdfast doctor --window 60s --port 8000 42", does: "one job, and its port" },
    { type: "holdfast doctor --record good 42", does: "while it runs well" },
    { type: "holdfast doctor --compare good 42", does: "when it does not" },
    { type: "holdfast doctor --json | jq '.verdicts[].next'", does: "for programs" },
  ],
};

const notMeasured = 5;

export const run: Run = async (context) => {
  const { args, screen, json } = context;
  const record = args.value("--record");
  const errand: DoctorErrand = {
    ...(await errandFrom(context)),
    ...(record === undefined ? {} : { record }),
  };
  let report: DoctorReport | null;
  try {
    report = await examine(context, errand);
  } catch (error) {
    if (error instanceof SecondInterrupt) return exitCodes.cancelled;
    throw error;
  } finally {
    await screen.status(null);
  }
  if (report === null) throw new Error("the doctor ended without a report");
  if (json) await screen.document(report);
  else await screen.page(doctorPage(report));
  if (record !== undefined) await printRecorded(context, record, report);
  const code = report.worst === null ? 0 : severityExitCodes[report.worst];
  const whole = report.summary === "healthy" || code !== 0;
  return args.has("--strict") && !whole ? notMeasured : code;
};

async function examine(context: Context, errand: DoctorErrand): Promise<DoctorReport | null> {
  const { screen } = context;
  let report: DoctorReport | null = null;
  await screen.status("measuring …");
  const onEnding = () => void screen.status("ending; once more ends at once");
  for await (const news of doctorNews(context, errand, onEnding)) {
    if (news.kind === "sample") {
      const [elapsed, all] = [news.elapsedMs, news.windowMs].map(formatDuration);
      await screen.status(`measuring, ${elapsed} of ${all}; Ctrl+C ends it early`);
    } else if (news.kind === "report") report = news.report;
    else if (news.kind === "complaint") await screen.say(printable(news.message));
  }
  return report;
}

async function printRecorded(
  { screen }: Context,
  name: string,
  { verdicts, jobId }: DoctorReport,
): Promise<void> {
  const job = jobId === null ? "" : ` ${jobId}`;
  await screen.say(`recorded; holdfast doctor --compare ${name}${job} compares with it`);
  const bad = verdicts.filter(({ severity }) => severity !== "info");
  if (bad.length > 0)
    await screen.say(`it is not a good run: ${bad.map(({ verdict }) => verdict).join(", ")}`);
}
