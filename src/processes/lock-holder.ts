import { readFileSync, statSync } from "node:fs";

/**
 * Pid of the process that holds a lock (fcntl) on a file, according to the kernel; null: no process
 * does, or it is unknown here. This finds a server that does not answer.
 */
export function lockHolder(path: string): number | null {
  try {
    const { ino, dev } = statSync(path, { bigint: true });
    return holderIn(readFileSync("/proc/locks", "latin1"), deviceName(dev), ino);
  } catch {
    // No such file, or no /proc.
    return null;
  }
}

/** `1: POSIX  ADVISORY  WRITE 812 fe:00:2441306 0 EOF`; the line of a waiting process has `->` before POSIX. */
function holderIn(locks: string, device: string, inode: bigint): number | null {
  for (const line of locks.split("\n")) {
    const [, kind, , access, pid, file] = line.trim().split(/\s+/);
    if (kind !== "POSIX" || access !== "WRITE" || file !== `${device}:${inode}`) continue;
    // A holder in another PID namespace is shown as 0 or -1.
    return Number(pid) > 0 ? Number(pid) : null;
  }
  return null;
}

/** As the kernel writes it there: major and minor, two hex digits at least. */
function deviceName(dev: bigint): string {
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn);
  const minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn);
  return [major, minor].map((part) => part.toString(16).padStart(2, "0")).join(":");
}
