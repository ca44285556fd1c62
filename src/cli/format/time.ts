import { formatDuration } from "../../contract/units.ts";

/** `4 s`, `1 m 20 s`: whole seconds for a sentence that is redrawn. */
export function spokenDuration(ms: number): string {
  const whole = Math.max(0, Math.round(ms / 1000)) * 1000;
  if (whole === 0) return "0 s";
  return formatDuration(whole).replaceAll(/(\d)([a-z])/g, "$1 $2");
}

/** `2026-11-22 14:03:07 UTC` */
export function timestamp(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** `14:03:07.123`, for rows that share a day. */
export function timeOfDay(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 23);
}
