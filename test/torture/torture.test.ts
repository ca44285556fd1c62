import { expect, test } from "vitest";
import { torture } from "./torture.ts";

/** A short one with a seed of its own, always the same; `npm run torture` goes on for as long as one likes. */
test("a few seconds of everything going wrong leave nothing wrong", async () => {
  const { violations, folder } = await torture({
    seed: 20_260_101,
    seconds: 8,
    clients: 2,
    withDisk: true,
  });
  expect(violations, `kept: ${folder}`).toEqual([]);
});
