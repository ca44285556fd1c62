import type { DoctorErrand } from "../../contract/doctor.ts";
import type { Context } from "../context.ts";
import { namedJobs } from "../bulk/chosen.ts";
import type { OptionDefinition } from "./definition.ts";
import { usageError } from "./usage-error.ts";
import { durationValue } from "./values.ts";

const shortestWindowMs = 500;

/** The common options of `doctor` and `doctor watch`. */
export const doctorOptions: readonly OptionDefinition[] = [
  {
    long: "--window",
    value: "DURATION",
    summary:
      "Time between the two samples of each facet. Default: doctor.window of the configuration, or 20s",
  },
  {
    long: "--port",
    value: "PORT",
    repeats: true,
    summary: "Port on which the job, or some job, should listen. Can be repeated",
  },
  {
    long: "--metrics",
    value: "URL",
    summary: "Address of the job's metrics, in the format of Prometheus",
  },
  { long: "--compare", value: "NAME", summary: "Compare the measurements with this baseline" },
];

/** Throws RefusalError. A job's number needs no server; other selectors do. */
export async function errandFrom(context: Context): Promise<DoctorErrand> {
  const { args } = context;
  const windowMs = durationValue(args, "--window");
  if (windowMs !== undefined && windowMs < shortestWindowMs)
    throw usageError("--window is at least 500ms", "holdfast doctor --window 20s");
  const ports = args.values("--port").map((text) => {
    const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
    if (port < 1 || port > 65_535)
      throw usageError(`--port ${text} is not a port`, "holdfast doctor --port 8000");
    return port;
  });
  const metricsUrl = args.value("--metrics");
  if (metricsUrl !== undefined && !/^https?:\/\/\S+$/.test(metricsUrl))
    throw usageError(
      `--metrics ${metricsUrl} is not an address`,
      "holdfast doctor --metrics http://127.0.0.1:8000/metrics 42",
    );
  const compare = args.value("--compare");
  const job = await jobFrom(context);
  if (metricsUrl !== undefined && job === undefined)
    throw usageError(
      "--metrics needs a job: say which",
      `holdfast doctor --metrics ${metricsUrl} 42`,
    );
  return {
    ports,
    ...(windowMs === undefined ? {} : { windowMs }),
    ...(metricsUrl === undefined ? {} : { metricsUrl }),
    ...(compare === undefined ? {} : { compare }),
    ...(job === undefined ? {} : { job }),
  };
}

async function jobFrom({ args, serverProcess }: Context): Promise<number | undefined> {
  const [selector] = args.operands;
  if (selector === undefined) return undefined;
  if (/^\d{1,15}$/.test(selector)) return Number(selector);
  const { jobs } = await namedJobs(serverProcess.client, [selector]);
  if (jobs.length > 1)
    throw usageError(`${selector} is more than one job`, `holdfast doctor ${jobs[0]?.id}`);
  return jobs[0]?.id;
}
