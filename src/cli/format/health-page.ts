import { counted } from "../../contract/counted.ts";
import type { Health } from "../../contract/server.ts";
import { formatDuration } from "../../contract/units.ts";
import { describeAbility, limitFacts } from "./limits.ts";
import { facts, painted, warning, type Page } from "./page.ts";
import { timestamp, withLocalTimes } from "./time.ts";

/** The state of the server, for people. */
export function healthPage(health: Health, nowMs: number): Page {
  const status = health.status.replace("_", " ");
  const jobs = Object.entries(health.jobs)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${state}`);
  const { total, done } = health.recovery;
  const { stateFolder = "in place" } = health;
  const gone = stateFolder === "in place" ? "" : ` (${stateFolder})`;
  // Warnings come first, because a long page would scroll them away.
  return [
    ...health.warnings.map((text) => warning(`warning: ${withLocalTimes(text)}`)),
    facts([
      ["server", health.status === "ok" ? painted(status, "green") : warning(status)],
      ["pid", String(health.pid)],
      ["version", health.version],
      ["started", timestamp(health.startedAtMs)],
      ["up for", formatDuration(Math.max(0, nowMs - health.startedAtMs))],
      ["jobs", jobs.length === 0 ? "none waiting or running" : jobs.join(", ")],
      [
        "recovery",
        health.status === "recovering" ? `${done} of ${counted(total, "job")} found again` : null,
      ],
      ["containment", `${health.tier}: ${health.tierWhy}`],
      ...limitFacts(health.limits.map(describeAbility)),
      ["GPUs", String(health.gpus)],
      ["state", health.stateDir + gone],
      ["runtime", health.runtimeDir],
      ["log", health.logFile],
    ]),
  ];
}
