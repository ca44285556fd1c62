import { expect, it } from "vitest";
import type { ExitRecord } from "../contract/keeper.ts";
import { sharedMemoryOf } from "./shared-memory.ts";

type File = NonNullable<ExitRecord["shared_memory"]>[number];

const why = (changes: Partial<File>) => {
  const file: File = { name: "psm_1", bytes: 4096, maker: null, what: "unproven", errno: null };
  return sharedMemoryOf({ shared_memory: [{ ...file, ...changes }] } as ExitRecord)?.[0];
};

it("says of each file why it was removed or kept", () => {
  expect(why({ maker: "held", what: "removed" })).toEqual({
    path: "/dev/shm/psm_1",
    bytes: 4096,
    removed: true,
    why: "a process of the job held it, and nobody living had it",
  });
  expect(why({ maker: "pid", what: "removed" })?.why).toMatch(/the pid of a process of the job/);
  expect(why({ what: "unproven" })).toMatchObject({ removed: false });
  expect(why({ what: "name", maker: "held" })?.why).toMatch(/may be meant to stay/);
  expect(why({ what: "name" })?.why).toMatch(/may be anybody's/);
  expect(why({ what: "error", errno: "EROFS" })?.why).toContain("EROFS");
});

it("knows nothing of an older keeper's", () => {
  expect(sharedMemoryOf({} as ExitRecord)).toBeNull();
});
