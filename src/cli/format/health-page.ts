import { counted } from "../../contract/counted.ts";
import type { Health } from "../../contract/server.ts";
import { formatDuration } from "../../contract/units.ts";
import { abilityWords, limitFields } from "./limits.ts";
import { printable } from "./printable.ts";
import type { Style } from "./style.ts";
import { fields } from "./table.ts";
import { timestamp, withLocalTimes } from "./time.ts";

/** The state of the server, for people. */
export function healthPage(health: Health, nowMs: number, style: Style): string[] {
  const status = health.status.replace("_", " ");
  const jobs = Object.entries(health.jobs)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${state}`);
  const { total, done } = health.recovery;
  const { stateFolder = "in place" } = health;
  const gone = stateFolder === "in place" ? "" : ` (${stateFolder})`;
  // Warnings come first, because a long page would scroll them away.
  return [
    ...health.warnings.map((warning) =>
      style.yellow(`warning: ${withLocalTimes(printable(warning))}`),
    ),
    ...fields([
      ["server", health.status === "ok" ? style.green(status) : style.yellow(status)],
      ["pid", String(health.pid)],
      ["version", health.version],
      ["started", timestamp(health.startedAtMs)],
      ["up for", formatDuration(Math.max(0, nowMs - health.startedAtMs))],
      ["jobs", jobs.length === 0 ? "none waiting or running" : jobs.join(", ")],
      [
        "recovery",
        health.status === "recovering" ? `${done} of ${counted(total, "job")} found again` : null,
      ],
      ["containment", `${health.tier}: ${printable(health.tierWhy)}`],
      ...limitFields(health.limits.map(abilityWords)),
      ["GPUs", String(health.gpus)],
      ["state", printable(health.stateDir) + gone],
      ["runtime", printable(health.runtimeDir)],
      ["log", printable(health.logFile)],
    ]),
  ];
}
