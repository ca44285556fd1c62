import { growth, tooShort } from "../deltas.ts";
import { facet } from "../facet.ts";
import type { Machine } from "../machine.ts";

interface Sample {
  /** The largest throttle time of any core or package, in milliseconds since boot. */
  throttledMs: number | null;
  meanMHz: number | null;
}

const cpus = "/sys/devices/system/cpu";

/** Whether CPUs are slowed down for heat, and how fast they run. */
export const cpuHeat = facet<Sample>({
  name: "cpu-heat",
  scope: "machine",
  sampling: "ends",
  sample: ({ machine }) => ({ throttledMs: throttledMs(machine), meanMHz: meanMHz(machine) }),
  judge(seen, chart, { thresholds }) {
    const { meanMHz: clock } = seen.last.value;
    if (clock === null) chart.missing("this machine does not report its CPU clocks");
    else chart.figure("cpu.clock", "machine", clock);
    const grewMs = growth(seen, (value) => value.throttledMs);
    if (grewMs === null) {
      chart.missing(
        seen.last.value.throttledMs === null
          ? "this machine does not count how long its CPUs are slowed down for heat (Intel CPUs do)"
          : tooShort,
      );
      return;
    }
    const percent = Math.min(100, (grewMs * 100) / seen.tookMs);
    chart.figure("cpu.heat-throttled", "machine", percent);
    if (percent < thresholds.cpu_thermal) return;
    chart.finding({
      verdict: "cpu-thermal",
      subject: "machine",
      message: `a CPU was slowed down for heat ${percent.toFixed(0)} % of the time`,
      figure: percent,
      source: "thermal_throttle of the CPUs",
      confidence: "proven",
      evidence: clock === null ? [] : [`the average CPU clock is ${clock.toFixed(0)} MHz`],
      next: "sensors",
    });
  },
});

function throttledMs(machine: Machine): number | null {
  const found = cpuFolders(machine).flatMap((folder) =>
    ["core", "package"].flatMap((of) => {
      const path = `${folder}/thermal_throttle/${of}_throttle_total_time_ms`;
      const text = machine.text(path);
      return text === null ? [] : [Number(text)];
    }),
  );
  // Every CPU of a package reports the package's time, so take the largest, not the sum.
  return found.length === 0 ? null : Math.max(...found);
}

function meanMHz(machine: Machine): number | null {
  const scaled = cpuFolders(machine).flatMap((folder) => {
    const kHz = machine.text(`${folder}/cpufreq/scaling_cur_freq`);
    return kHz === null ? [] : [Number(kHz) / 1000];
  });
  const reported = [...(machine.text("/proc/cpuinfo") ?? "").matchAll(/^cpu MHz\s*: ([\d.]+)$/gm)];
  const all = scaled.length > 0 ? scaled : reported.map(([, mhz]) => Number(mhz));
  return all.length === 0 ? null : all.reduce((sum, one) => sum + one, 0) / all.length;
}

function cpuFolders(machine: Machine): string[] {
  return (machine.names(cpus) ?? [])
    .filter((name) => /^cpu\d+$/.test(name))
    .map((name) => `${cpus}/${name}`);
}
