/** Durations and sizes as people write them. A bare number is refused because its unit is ambiguous. */

const durationUnits: Record<string, number> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const sizeUnits: Record<string, number> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

export const durationExample = "30s, 15m, 2h, 1d, 1h30m or 500ms (0 for none)";
export const sizeExample = "512MiB, 16GiB or 10GB (0 for none)";

/** Milliseconds of `1h30m`, `0`; null if it is not a duration. */
export function parseDuration(text: string): number | null {
  return sumOfParts(text, durationUnits);
}

/** Bytes of `16GiB`, `0`; null if it is not a size. */
export function parseSize(text: string): number | null {
  return sumOfParts(text, sizeUnits);
}

function sumOfParts(text: string, units: Record<string, number>): number | null {
  if (text === "0") return 0;
  if (!/^(\d+(\.\d+)?[a-zA-Z]+)+$/.test(text)) return null;
  let sum = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)([a-zA-Z]+)/g)) {
    const factor = Object.hasOwn(units, unit ?? "") ? units[unit ?? ""] : undefined;
    if (factor === undefined) return null;
    sum += Number(amount) * factor;
  }
  const whole = Math.round(sum);
  return Number.isSafeInteger(whole) ? whole : null;
}

/** `1h 30m`, `26s`, `350ms`: the two largest parts. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))}ms`;
  if (ms < 10_000) return `${(Math.floor(ms / 100) / 10).toString()}s`;
  const parts: [number, string][] = [
    [86_400_000, "d"],
    [3_600_000, "h"],
    [60_000, "m"],
    [1000, "s"],
  ];
  const shown: string[] = [];
  let rest = ms;
  for (const [size, unit] of parts) {
    const count = Math.floor(rest / size);
    if (count > 0 || shown.length > 0) shown.push(`${count}${unit}`);
    rest -= count * size;
  }
  return shown.slice(0, 2).join(" ");
}

/** `1.5GiB`, `820B`. */
export function formatSize(bytes: number): string {
  const names = ["B", "KiB", "MiB", "GiB", "TiB"];
  let amount = bytes;
  let index = 0;
  while (amount >= 1024 && index < names.length - 1) {
    amount /= 1024;
    index += 1;
  }
  const shown = index === 0 || amount >= 100 ? Math.round(amount) : Math.round(amount * 10) / 10;
  return `${shown}${names[index]}`;
}
