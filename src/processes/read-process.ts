import { readFileSync } from "node:fs";
import { isGone, nullIfHidden } from "./proc-stat.ts";
import { readSmall } from "./small-file.ts";

/** Without the trailing NULs that a program leaves when it renames itself. */
export function readArguments(pid: number): string[] {
  const path = `/proc/${pid}/cmdline`;
  const first = smallOrNull(path);
  if (first === null || first === "") return [];
  // A vector may have megabytes; the short read has only its beginning.
  const text = first.length < 16 * 1024 ? first : (readOrNull(path) ?? "");
  return text.replace(/\0+$/, "").split("\0");
}

/**
 * Its effective user; -1: it has ended. The owner of `/proc/PID` would be root for a process that
 * may not be traced.
 */
export function readOwner(pid: number): number {
  const uid = /^Uid:\s*\d+\s+(\d+)/m.exec(smallOrNull(`/proc/${pid}/status`) ?? "")?.[1];
  return uid === undefined ? -1 : Number(uid);
}

/** Its cgroup in the unified hierarchy or, if that is the root, in systemd's. */
export function readCgroup(pid: number): string | null {
  const text = smallOrNull(`/proc/${pid}/cgroup`);
  if (text === null) return null;
  const unified = /^0::(.+)$/m.exec(text)?.[1];
  const named = /^\d+:name=systemd:(.+)$/m.exec(text)?.[1];
  return unified === undefined || unified === "/" ? (named ?? unified ?? null) : unified;
}

/** The attempt that the environment at the exec names. */
export function readCookie(pid: number): string | null {
  const environ = readOrNull(`/proc/${pid}/environ`) ?? "";
  return /(?:^|\0)HOLDFAST_ATTEMPT=([0-9a-f-]{36})(?:\0|$)/.exec(environ)?.[1] ?? null;
}

/** The value at the exec. Null: not set, or not readable by this user. */
export function readVariable(pid: number, name: string): string | null {
  const environ = readOrNull(`/proc/${pid}/environ`) ?? "";
  const found = environ.split("\0").find((entry) => entry.startsWith(`${name}=`));
  return found === undefined ? null : found.slice(name.length + 1);
}

/** SIGHUP is the first bit of the mask. */
export function readIgnoresHangup(pid: number): boolean {
  const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(smallOrNull(`/proc/${pid}/status`) ?? "")?.[1];
  return mask !== undefined && (BigInt(`0x${mask}`) & 1n) === 1n;
}

/**
 * Null: it has ended, or is not readable by this user. Every other error, such as EMFILE, says nothing
 * of the process: it is thrown, as from everything here.
 */
function readOrNull(path: string): string | null {
  return nullIfUnseen(() => readFileSync(path, "utf8"));
}

function smallOrNull(path: string): string | null {
  return nullIfUnseen(() => readSmall(path, "utf8"));
}

function nullIfUnseen(read: () => string): string | null {
  try {
    return read();
  } catch (error) {
    return isGone(error) ? null : nullIfHidden(error);
  }
}
