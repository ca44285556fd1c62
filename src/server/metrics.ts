import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { isTerminal, terminalStates } from "../job/states.ts";
import { addDoctorMetrics } from "./doctor-metrics.ts";
import { addGpuMetrics } from "./gpu-metrics.ts";
import { addOrphanMetrics } from "./orphan-metrics.ts";
import type { OpenStreams } from "./open-streams.ts";
import type { AppEnv, ServerParts } from "./parts.ts";
import { addProcessMetrics } from "./process-metrics.ts";

/** What `GET /metrics` shows. Labels have few values: never a job's number or name. */
export class Metrics {
  readonly registry = new Registry();
  readonly #parts: ServerParts;
  readonly #requests: Histogram<"method" | "route" | "status">;

  constructor(parts: ServerParts, streams: OpenStreams) {
    this.#parts = parts;
    const registers = [this.registry];
    const jobs = new Gauge({
      name: "holdfast_jobs",
      help: "Jobs that have not ended, by state.",
      labelNames: ["state"],
      registers,
      async collect() {
        const health = await parts.supervisor.health();
        this.reset();
        for (const [state, count] of Object.entries(health.jobs)) jobs.set({ state }, count);
      },
    });
    const ended = new Counter({
      name: "holdfast_jobs_ended_total",
      help: "Jobs that ended since the server started, by state.",
      labelNames: ["state"],
      registers,
    });
    for (const state of terminalStates) ended.inc({ state }, 0);
    parts.supervisor.subscribe(null, ({ type, state }) => {
      if (type === "state" && state !== null && isTerminal(state)) ended.inc({ state });
    });
    this.registry.registerMetric(
      new Gauge({
        name: "holdfast_open_streams",
        help: "Open streaming answers.",
        registers: [],
        collect() {
          this.set(streams.size);
        },
      }),
    );
    this.#requests = new Histogram({
      name: "holdfast_http_request_duration_seconds",
      help: "Time to the head of the answer.",
      labelNames: ["method", "route", "status"],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5],
      registers,
    });
    addDoctorMetrics(this.registry, parts.standingDoctor);
    addGpuMetrics(this.registry, () => parts.supervisor.gpus(), parts.clock);
    addOrphanMetrics(this.registry, parts.orphans.totals);
    addProcessMetrics(this.registry, async () => (await parts.supervisor.health()).startedAtMs);
  }

  readonly measure: MiddlewareHandler<AppEnv> = async (c, next) => {
    const beganMs = this.#parts.clock.monotonicMs();
    await next();
    const seconds = (this.#parts.clock.monotonicMs() - beganMs) / 1000;
    const matched = routePath(c, -1);
    const route = matched === "/*" ? "" : matched; // no route but the middleware's own
    this.#requests.observe({ method: c.req.method, route, status: c.res.status }, seconds);
  };
}
