import { expect, it } from "vitest";
import type { ExitRecord } from "../../contract/keeper.ts";
import { sharedMemoryOf } from "./shared-memory.ts";

type File = NonNullable<ExitRecord["shared_memory"]>[number];

const files = (changes: Partial<File>) => {
  const file: File = { name: "psm_1", bytes: 4096, maker: "held", what: "removed", errno: null };
  return sharedMemoryOf({ shared_memory: [{ ...file, ...changes }] } as ExitRecord);
};
const why = (changes: Partial<File>) => files(changes)?.[0];

it("says of each file why it was removed or kept", () => {
  expect(why({ maker: "held", what: "removed" })).toEqual({
    path: "/dev/shm/psm_1",
    bytes: 4096,
    removed: true,
    why: "a process of the job held it, and no living process had it",
  });
  expect(why({ maker: "pid", what: "removed" })?.why).toMatch(/the pid of a process of the job/);
  expect(why({ what: "name", maker: "held" })?.why).toMatch(/may be meant to stay/);
  expect(why({ what: "held" })).toMatchObject({ removed: false });
  expect(why({ what: "error", errno: "EROFS" })?.why).toContain("EROFS");
});

it("leaves out what nothing proves to be the job's, as older keepers listed it", () => {
  expect(files({ maker: null, what: "unproven" })).toEqual([]);
  expect(files({ maker: null, what: "name" })).toEqual([]);
});

it("knows nothing of a keeper that did not list any", () => {
  expect(sharedMemoryOf({} as ExitRecord)).toBeNull();
});
