import { expect, it } from "vitest";
import { eventually } from "../system/eventually.ts";
import { oneAtATime } from "./one-at-a-time.ts";

it("does not wait for a read that the kernel holds, and begins no other until it returns", async () => {
  const held = Promise.withResolvers<string>();
  const limits: AbortController[] = [];
  const asked: number[] = [];
  const read = oneAtATime(
    (pid) => {
      asked.push(pid);
      return pid === 1 ? held.promise : Promise.resolve("read");
    },
    () => {
      const limit = new AbortController();
      limits.push(limit);
      return limit.signal;
    },
    "unknown",
  );
  expect(await read(2)).toBe("read");
  const [first, second] = [read(1), read(2)];
  await eventually(() => asked.includes(1));
  for (const limit of limits) limit.abort();
  expect(await Promise.all([first, second])).toEqual(["unknown", "unknown"]);
  expect(await read(2)).toBe("unknown");
  expect(asked).toEqual([2, 1]);
  held.resolve("late");
  await eventually(async () => (await read(3)) === "read");
  expect(asked).toEqual([2, 1, 3]);
});
