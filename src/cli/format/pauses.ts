import { counted } from "../../contract/counted.ts";
import type { Pauses } from "../../contract/pauses.ts";
import { formatDuration } from "../../contract/units.ts";
import { timeBeside, timestamp } from "./time.ts";

type Pause = Pauses["list"][number];

const mostShown = 8;
/** Freezing takes milliseconds; more is worth a message. */
const slowMs = 1000;

/** `over`: the attempt has ended, so that a pause without an end is one whose end is not known. */
export function describePauses(
  pauses: Pauses | null | undefined,
  { over }: { over: boolean },
): string | null {
  if (pauses === undefined) return null;
  if (pauses === null) return over ? "not known: its keeper was lost" : null;
  const { count, totalMs, list, complete } = pauses;
  const more = complete ? "" : "; as its keeper reported before it was lost, there may be more";
  if (count === 0) return complete ? null : "never, as its keeper reported before it was lost";
  const total = `${formatDuration(totalMs)} in all`;
  if (count === null) return `${total}; an older keeper did not record when`;
  if (count > mostShown) return `${counted(count, "pause")}, ${total}${more}`;
  const each = list.map((one) => describePause(one, over)).join("; ");
  return `${each}${count > 1 ? `; ${total}` : ""}${more}`;
}

const endings = { resume: "", stop: ", until its stop", end: ", until its last process ended" };

function describePause({ askedAtMs, frozenAtMs, endedAtMs, end }: Pause, over: boolean): string {
  const until =
    endedAtMs === null
      ? over
        ? ", its end is not known"
        : ""
      : ` to ${timeBeside(endedAtMs, askedAtMs)}${lasted(endedAtMs - askedAtMs)}`;
  const from = endedAtMs === null && !over ? "since" : "from";
  return `${from} ${timestamp(askedAtMs)}${until}${end === null ? "" : endings[end]}${frozen(askedAtMs, frozenAtMs)}`;
}

/** Not where the clock was set back in between. */
function lasted(ms: number): string {
  return ms < 0 ? "" : ` (${formatDuration(ms)})`;
}

function frozen(askedAtMs: number, frozenAtMs: number | null): string {
  if (frozenAtMs === null) return ", not all of its processes were seen frozen";
  const ms = frozenAtMs - askedAtMs;
  return ms < slowMs ? "" : `, all frozen ${formatDuration(ms)} after the request`;
}
