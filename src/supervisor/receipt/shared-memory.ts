import type { ExitRecord } from "../../contract/keeper.ts";
import type { Receipt } from "../../contract/receipt.ts";

type Listed = NonNullable<ExitRecord["shared_memory"]>[number];
type File = Listed & { maker: NonNullable<Listed["maker"]> };

const makers = {
  held: "a process of the job held it",
  pid: "its name has the pid of a process of the job",
} as const;

/**
 * Files in /dev/shm that provably belong to the attempt, and why each was removed or kept. Null: the
 * keeper is older than this list.
 */
export function sharedMemoryOf({ shared_memory: files }: ExitRecord): Receipt["sharedMemory"] {
  if (files === undefined) return null;
  return files.filter(isProven).map((file) => ({
    path: `/dev/shm/${file.name}`,
    bytes: file.bytes,
    removed: file.what === "removed",
    why: whyOf(file),
  }));
}

function isProven(file: Listed): file is File {
  return file.maker !== null;
}

function whyOf({ what, maker, errno }: File): string {
  const made = makers[maker];
  switch (what) {
    case "removed":
      return `${made}, and no living process had it`;
    case "name":
      return `${made}, but its name does not mean that it ends with its processes: it may be meant to stay`;
    case "unproven":
      return made;
    case "held":
      return `${made}; another process, which is not the job's, has it open or mapped`;
    case "unknown":
      return `${made}; whether another process has it is unknown`;
    case "error":
      return `${made}; it could not be removed (${errno ?? "?"})`;
  }
}
