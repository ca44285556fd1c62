import type { ExitRecord } from "../contract/keeper.ts";
import type { Receipt } from "../contract/receipt.ts";

type File = NonNullable<ExitRecord["shared_memory"]>[number];

const makers = {
  held: "a process of the job held it",
  pid: "its name has the pid of a process of the job",
} as const;

/** What appeared in /dev/shm during the attempt, and why each was removed or kept. Null: nobody looked. */
export function sharedMemoryOf({ shared_memory: files }: ExitRecord): Receipt["sharedMemory"] {
  if (files === undefined) return null;
  return files.map((file) => ({
    path: `/dev/shm/${file.name}`,
    bytes: file.bytes,
    removed: file.what === "removed",
    why: whyOf(file),
  }));
}

function whyOf({ what, maker, errno }: File): string {
  const made = maker === null ? null : makers[maker];
  switch (what) {
    case "removed":
      return `${made ?? "it was the job's"}, and nobody living had it`;
    case "name":
      return made === null
        ? "appeared meanwhile; it may be anybody's"
        : `${made}, but its name is not one that ends with its processes: it may be meant to stay`;
    case "unproven":
      return "appeared meanwhile; nothing proves that the job made it";
    case "held":
      return "somebody who lives has it open or mapped";
    case "unknown":
      return "whether somebody else has it could not be found out";
    case "error":
      return `it could not be removed (${errno ?? "?"})`;
  }
}
