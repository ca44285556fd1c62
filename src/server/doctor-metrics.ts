import { Counter, Gauge, type Registry } from "prom-client";
import { verdictNames, verdicts } from "../contract/doctor-verdicts.ts";
import type { StandingDoctor } from "../doctor/standing-watch.ts";

/** Results of the server's own examinations. Empty if it makes none. */
export function addDoctorMetrics(registry: Registry, doctor: StandingDoctor): void {
  if (!doctor.watches) return;
  registry.registerMetric(
    new Gauge({
      name: "holdfast_doctor_alerts",
      help: "Number of jobs, GPUs or disks that have a raised verdict.",
      labelNames: ["verdict", "severity"],
      registers: [],
      collect() {
        this.reset();
        for (const verdict of verdictNames) {
          const raised = doctor.alerts.active.filter((one) => one.verdict.verdict === verdict);
          this.set({ verdict, severity: verdicts[verdict].severity }, raised.length);
        }
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: "holdfast_doctor_facet_measured",
      help: "Whether the last examination measured a facet: 1, in part 0.5, not 0.",
      labelNames: ["facet"],
      registers: [],
      collect() {
        this.reset();
        for (const { facet, state } of doctor.last?.facets ?? [])
          this.set({ facet }, state === "not measured" ? 0 : state === "partly measured" ? 0.5 : 1);
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: "holdfast_doctor_last_examination_timestamp_seconds",
      help: "When the last examination began.",
      registers: [],
      collect() {
        this.set((doctor.last?.atMs ?? 0) / 1000);
      },
    }),
  );
  registry.registerMetric(
    new Counter({
      name: "holdfast_doctor_failures_total",
      help: "Examinations that ended without a report.",
      registers: [],
      collect() {
        this.reset();
        this.inc(doctor.failures);
      },
    }),
  );
}
