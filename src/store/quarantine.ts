import { copyFileSync, existsSync, linkSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { syncPath } from "./sqlite-files.ts";

export interface QuarantineReason {
  /** `store`, `attempt`: part of the folder's name. */
  what: string;
  why: string;
  atMs: number;
}

/**
 * What happens to the original files. `link`: they stay until something replaces them, so that there
 * is no moment without them. `copy`: they are going to be written.
 */
export type QuarantineWay = "move" | "link" | "copy";

/**
 * Moves what contradicts the store into a separate folder under `quarantine/` instead of deleting it,
 * with the reason in `reason.txt`. Only a person removes anything from there. The reason is durable
 * before anything is moved. Returns the folder.
 */
export function quarantine(
  folder: string,
  paths: readonly string[],
  { what, why, atMs }: QuarantineReason,
  how: QuarantineWay = "move",
): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const time = new Date(atMs).toISOString();
  const base = `${time.replace(/[:.]/g, "-")}-${what}`;
  const name = [base, ...Array.from({ length: 1000 }, (_, at) => `${base}-${at + 2}`)].find(
    (free) => !existsSync(join(folder, free)),
  );
  const place = join(folder, name ?? base);
  mkdirSync(place, { mode: 0o700 });
  const reason = join(place, "reason.txt");
  const list = paths.map((path) => `  ${path}\n`).join("");
  writeFileSync(reason, `${time}\n${why}\n\nIt was found at:\n${list}`, { mode: 0o600 });
  syncPath(reason);
  syncPath(place);
  syncPath(folder);
  for (const path of paths) if (existsSync(path)) transfer[how](path, join(place, basename(path)));
  syncPath(place);
  return place;
}

const transfer: Record<QuarantineWay, (from: string, to: string) => void> = {
  move: renameSync,
  copy(from, to) {
    copyFileSync(from, to);
    syncPath(to);
  },
  link(from, to) {
    try {
      linkSync(from, to);
    } catch {
      // Not every file system has links.
      transfer.copy(from, to);
    }
  },
};

/** The folders in it. */
export async function inQuarantine(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).toSorted();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
