import { formatDuration } from "../../contract/units.ts";
import { facet } from "../facet.ts";
import type { Machine } from "../machine.ts";

interface Sample {
  /** Null: unknown. */
  synchronised: boolean | null;
  by: string;
}

/** Whether the wall clock is synchronised, and whether it was set during the window. */
export const clock = facet<Sample>({
  name: "clock",
  scope: "machine",
  sampling: "ends",
  sample: ({ machine }) => ask(machine),
  judge({ first, last }, chart, { thresholds }) {
    const jumpMs = last.wallMs - first.wallMs - (last.atMs - first.atMs);
    chart.figure("clock.jump", "machine", jumpMs);
    if (Math.abs(jumpMs) >= thresholds.clock_jump)
      chart.finding({
        verdict: "clock-jump",
        subject: "machine",
        message: `the wall clock jumped ${formatDuration(Math.abs(jumpMs))} ${jumpMs > 0 ? "forward" : "back"} during the window`,
        figure: Math.abs(jumpMs),
        source: "wall clock compared with the monotonic clock",
        confidence: "proven",
        next: "timedatectl",
      });
    const { synchronised, by } = last.value;
    if (synchronised === null) chart.missing(by);
    else if (!synchronised && first.value.synchronised === false)
      chart.finding({
        verdict: "clock-unsynchronised",
        subject: "machine",
        message: "the wall clock is not synchronised",
        figure: 0,
        source: by,
        confidence: "proven",
        next: "timedatectl set-ntp true",
      });
  },
});

async function ask(machine: Machine): Promise<Sample> {
  const systemd = await machine.outputOf("timedatectl", [
    "show",
    "-p",
    "NTPSynchronized",
    "--value",
  ]);
  if (systemd !== null && /^(yes|no)$/.test(systemd.trim()))
    return { synchronised: systemd.trim() === "yes", by: "timedatectl" };
  // The last of its fields is the leap status.
  const leap = (await machine.outputOf("chronyc", ["-c", "tracking"]))?.trim().split(",").at(-1);
  if (leap !== undefined)
    return { synchronised: !leap.startsWith("Not synchronised"), by: "chronyc" };
  const by = "no time service reports whether the clock is synchronised (timedatectl, chronyc)";
  return { synchronised: null, by };
}
