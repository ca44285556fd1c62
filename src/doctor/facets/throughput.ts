import { join } from "node:path";
import { growth, shortestWindowMs, tooShort } from "../deltas.ts";
import { facet, type Seen } from "../facet.ts";
import { parseMetrics } from "../metrics-page.ts";

interface Sample {
  done: number | null;
  /** The source of the job's data. Only a server reads its progress. */
  from: "server" | "folders";
  outputBytes: number;
  /** Null: no page was asked for, or it did not answer. */
  metrics: ReadonlyMap<string, number> | null;
}

const logs = ["output.log", "stdout.log", "stderr.log"];
const mostMetrics = 30;

/** The speed of a job, from its progress, its output and its metrics page. */
export const throughput = facet<Sample>({
  name: "throughput",
  scope: "job",
  sampling: "each",
  async sample({ machine, sources, job, metricsUrl }) {
    const { jobs, from } = await sources.jobs();
    const now = jobs.find(({ id }) => id === job?.id);
    const page = metricsUrl === null ? null : await machine.page(metricsUrl);
    const sizes = logs.map((name) => machine.bytes(join(job?.folder ?? "", name)) ?? 0);
    return {
      done: now?.progress?.done ?? null,
      from,
      outputBytes: sizes.reduce((sum, one) => sum + one, 0),
      metrics: page === null ? null : parseMetrics(page),
    };
  },
  judge(seen, chart, { metricsUrl }) {
    const perSecond = (amount: number) => (amount * 1000) / seen.tookMs;
    const written = growth(seen, ({ outputBytes }) => outputBytes);
    if (written === null) {
      chart.missing(tooShort);
      return;
    }
    chart.figure("throughput.output", "job", perSecond(written));
    const done = stepsPerSecond(seen);
    if (done !== null) chart.figure("throughput.progress", "job", done);
    if (metricsUrl !== null && seen.last.value.metrics === null)
      chart.missing(`${metricsUrl} did not serve a metrics page`);
    if (metricsUrl === null && done === null)
      chart.missing(
        seen.last.value.from === "server"
          ? "the job writes no progress (HOLDFAST_PROGRESS), and no --metrics was given"
          : "only a server reads the job's progress, and no --metrics was given",
      );
    const grown = [...(seen.last.value.metrics?.keys() ?? [])].flatMap((name) => {
      const by = growth(seen, ({ metrics }) => metrics?.get(name) ?? null);
      return by === null || by === 0 ? [] : [{ name, by }];
    });
    for (const { name, by } of grown.slice(0, mostMetrics)) {
      if (/_(total|count)$/.test(name)) chart.figure("throughput.metric", name, perSecond(by));
      const family = /^(.+_seconds)_sum$/.exec(name)?.[1];
      const times = grown.find((one) => one.name === `${family}_count`)?.by;
      if (family !== undefined && times !== undefined)
        chart.figure("throughput.latency", family, (by * 1000) / times);
    }
  },
});

/**
 * Between the first and the last sample that found a line: while a job rewrites its file, the file
 * is briefly empty.
 */
function stepsPerSecond({ all }: Seen<Sample>): number | null {
  const reported = all.flatMap(({ atMs, value }) =>
    value.done === null ? [] : [{ atMs, done: value.done }],
  );
  const [first, last] = [reported[0], reported.at(-1)];
  if (first === undefined || last === undefined) return null;
  const tookMs = last.atMs - first.atMs;
  const steps = last.done - first.done;
  return tookMs < shortestWindowMs || steps < 0 ? null : (steps * 1000) / tookMs;
}
