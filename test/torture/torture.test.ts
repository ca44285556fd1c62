import { expect, test } from "vitest";
import { torture } from "./torture.ts";

/** A short run with a fixed seed; `npm run torture` takes its own seed and duration. */
test("a few seconds of everything going wrong leave nothing wrong", async () => {
  const { violations, folder } = await torture({
    seed: 20_260_101,
    seconds: 8,
    clients: 2,
    withDisk: true,
  });
  expect(violations, `kept: ${folder}`).toEqual([]);
});
