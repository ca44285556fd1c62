import { formatDuration } from "../../contract/units.ts";

/** `4 s`, `1 m 20 s`: whole seconds for a sentence that is redrawn. */
export function spokenDuration(ms: number): string {
  const whole = Math.max(0, Math.round(ms / 1000)) * 1000;
  if (whole === 0) return "0 s";
  return formatDuration(whole).replaceAll(/(\d)([a-z])/g, "$1 $2");
}

/**
 * `2026-11-22 15:03:07 +0100`: the local time of TZ. The offset distinguishes the two equal hours at
 * the end of summer time, and shows the fallback for a TZ that the system does not know.
 */
export function timestamp(atMs: number): string {
  const { day, time, offset } = localTime(atMs);
  return `${day} ${time.slice(0, 8)} ${offset}`;
}

/** `15:03:07.123` if day and offset equal those of `besideMs`, which is shown in full; else with day and offset. */
export function timeBeside(atMs: number, besideMs: number | null): string {
  const { day, time, offset } = localTime(atMs);
  const beside = besideMs === null ? null : localTime(besideMs);
  if (beside?.day === day && beside.offset === offset) return time;
  return `${day} ${time} ${offset}`;
}

const instant = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;

/** A message of the server, which has its times in UTC, with local times. */
export function withLocalTimes(text: string): string {
  return text.replace(instant, (found) => timestamp(Date.parse(found)));
}

function localTime(atMs: number): { day: string; time: string; offset: string } {
  const date = new Date(atMs);
  const minutes = -Math.round(date.getTimezoneOffset());
  // A damaged record may contain a number that is not a valid time.
  if (Number.isNaN(minutes)) return { day: "unknown", time: "time", offset: "+0000" };
  const [day = "", time = ""] = new Date(atMs + minutes * 60_000).toISOString().split("T");
  const two = (value: number) => String(value).padStart(2, "0");
  const ahead = Math.abs(minutes);
  const offset = `${minutes < 0 ? "-" : "+"}${two(Math.floor(ahead / 60))}${two(ahead % 60)}`;
  return { day, time: time.slice(0, 12), offset };
}
