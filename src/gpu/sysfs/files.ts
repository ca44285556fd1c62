import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";

/** Reads a sysfs file with one value. Null: missing, or not readable by this user. */
export function lineOf(path: string): string | null {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return null;
  }
}

export function numberOf(path: string): number | null {
  const text = lineOf(path);
  return text !== null && /^-?\d+$/.test(text) ? Number(text) : null;
}

export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** The last part of a link's target: a driver's name or a PCI address. */
export function linkNameOf(path: string): string | null {
  try {
    return basename(readlinkSync(path));
  } catch {
    return null;
  }
}
