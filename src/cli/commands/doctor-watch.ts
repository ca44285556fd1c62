import type { DoctorAlert } from "../../contract/doctor.ts";
import { severityExitCodes } from "../../contract/doctor-severities.ts";
import type { Context, Run } from "../context.ts";
import { liveStates } from "../format/states.ts";
import { doctorNews, SecondInterrupt } from "../doctor-program.ts";
import { alertPage } from "../format/doctor-page.ts";
import { exitCodes } from "../format/exit-code.ts";
import { printable } from "../format/printable.ts";
import { timestamp } from "../format/time.ts";
import type { VerbDefinition } from "../grammar/definition.ts";
import { doctorOptions, errandFrom } from "../grammar/doctor-options.ts";
import { usageError } from "../grammar/usage-error.ts";
import { durationValue, wholeValue } from "../grammar/values.ts";

const defaultIntervalMs = 60_000;

export const definition: VerbDefinition = {
  name: "doctor watch",
  usage: ["[OPTIONS]", "[OPTIONS] JOB"],
  operands: [{ name: "JOB", min: 0, max: 1, completes: "job" }],
  actsOn: liveStates,
  options: [
    { long: "--interval", value: "DURATION", summary: "Time between examinations. Default: 1m" },
    {
      long: "--duration",
      value: "DURATION",
      summary: "Exit after this long; 0: run until Ctrl+C. Default: 0",
    },
    {
      long: "--raise-after",
      value: "N",
      summary:
        "Number of examinations in a row that raise a verdict. Default: doctor.raise_after of the configuration, or 2",
    },
    {
      long: "--clear-after",
      value: "N",
      summary:
        "Number of examinations in a row without the verdict that clear it. Default: doctor.clear_after of the configuration, or 3",
    },
    { long: "--send", summary: "Run doctor.alert_command for each alert" },
    ...doctorOptions,
  ],
  description: [
    "Examines repeatedly, and reports when a verdict is raised and when it is cleared. A facet that could not be measured neither raises nor clears. Ctrl+C ends it. Exits with 0 if no verdict is raised then, else with 3 or 4 as holdfast doctor does.",
    'With doctor.watch = "1m" in the configuration the server does the same automatically: alerts go to its log, to GET /api/v1/doctor/alerts, to its metrics and to doctor.alert_command.',
  ],
  examples: [
    { type: "holdfast doctor watch", does: "until Ctrl+C" },
    { type: "holdfast doctor watch --interval 30s --duration 10m --json", does: "for programs" },
  ],
};

export const run: Run = async (context) => {
  const { args, clock, screen } = context;
  const intervalMs = durationValue(args, "--interval") ?? defaultIntervalMs;
  if (intervalMs < 1000)
    throw usageError("--interval is at least 1s", "holdfast doctor watch --interval 30s");
  const durationMs = durationValue(args, "--duration") ?? 0;
  const raiseAfter = wholeValue(args, "--raise-after", 1);
  const clearAfter = wholeValue(args, "--clear-after", 1);
  const errand = {
    ...(await errandFrom(context)),
    watch: {
      intervalMs,
      send: args.has("--send"),
      ...(raiseAfter === undefined ? {} : { raiseAfter }),
      ...(clearAfter === undefined ? {} : { clearAfter }),
    },
  };
  // The end of the duration is an interrupt like another.
  let endIt: () => void = () => undefined;
  const timer = durationMs === 0 ? null : clock.after(durationMs, () => endIt());
  const onInterrupt: Context["onInterrupt"] = (listener) => {
    endIt = () => listener("SIGTERM");
    return context.onInterrupt(listener);
  };
  let active: DoctorAlert[] = [];
  try {
    for await (const news of doctorNews({ ...context, onInterrupt }, errand, () => undefined)) {
      if (news.kind === "complaint") await screen.say(printable(news.message));
      if (news.kind !== "watched") continue;
      active = news.active;
      for (const alert of news.changes) await print(context, alert);
      const now = timestamp(news.report.atMs);
      await screen.status(`${now} ${news.report.message}; ${active.length} raised`);
    }
  } catch (error) {
    if (error instanceof SecondInterrupt) return exitCodes.cancelled;
    throw error;
  } finally {
    timer?.cancel();
    await screen.status(null);
  }
  return Math.max(0, ...active.map(({ verdict }) => severityExitCodes[verdict.severity]));
};

async function print({ screen, json }: Context, alert: DoctorAlert): Promise<void> {
  if (json) return screen.document(alert);
  await screen.page(alertPage(alert));
}
