import { readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { candidateAt, withContents, type Candidate } from "./candidate.ts";
import { makerPid } from "./maker.ts";

/** The places that are searched. Nothing else is touched. */
export interface Places {
  sharedMemory: string;
  temporary: readonly string[];
  /** The kernel's list of System V segments. */
  sysv: string;
}

export function defaultPlaces(): Places {
  return {
    sharedMemory: "/dev/shm",
    temporary: [...new Set(["/tmp", tmpdir()])],
    sysv: "/proc/sysvipc/shm",
  };
}

/**
 * Everything in shared memory; in temporary folders and one level below, sockets and folders with
 * their maker's pid in the name.
 */
export function candidatesIn({ sharedMemory, temporary, sysv }: Places): Candidate[] {
  const found: Candidate[] = [];
  const add = (path: string, name: string, wanted: (candidate: Candidate) => boolean) => {
    const candidate = candidateAt(path, makerPid(name));
    if (candidate !== null && wanted(candidate)) found.push(withContents(candidate));
    return candidate;
  };
  for (const name of namesIn(sharedMemory)) add(join(sharedMemory, name), name, () => true);
  for (const folder of temporary)
    for (const name of namesIn(folder)) {
      const path = join(folder, name);
      const whole = add(path, name, ({ kind, makerPid: pid }) => kind === "socket" || pid !== null);
      if (whole?.kind !== "folder" || whole.makerPid !== null) continue;
      for (const inner of namesIn(path))
        add(join(path, inner), inner, (one) => one.kind === "socket" || one.makerPid !== null);
    }
  return [...found, ...segmentsIn(textOf(sysv))];
}

/** Rows of `/proc/sysvipc/shm`. Attached segments are not candidates. */
export function segmentsIn(text: string): Candidate[] {
  const [head = "", ...rows] = text.split("\n");
  const names = head.trim().split(/\s+/);
  return rows.flatMap((row) => {
    const values = row.trim().split(/\s+/).map(Number);
    if (values.length < names.length) return [];
    const of = (name: string) => values[names.indexOf(name)] ?? Number.NaN;
    if (of("nattch") !== 0) return [];
    const isPrivate = of("key") === 0;
    return [
      {
        kind: "System V shared memory",
        name: String(of("shmid")),
        bytes: of("size"),
        uid: of("uid"),
        inode: of("shmid"),
        // The kernel counts in seconds: use the end of the second, so that the maker does not seem
        // younger.
        changedAtMs: (Math.max(of("ctime"), of("atime"), of("dtime")) + 1) * 1000 - 1,
        // 0: the maker was in a PID namespace outside this one.
        makerPid: of("cpid") === 0 ? null : of("cpid"),
        inodes: [],
        openToOthers: false,
        unclear: isPrivate ? null : "it has a key by which other processes can find it again",
      } satisfies Candidate,
    ];
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // a kernel without System V
  }
}
