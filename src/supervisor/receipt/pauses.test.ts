import { expect, it } from "vitest";
import { pausesOf } from "./pauses.ts";

const one = { asked_ms: 1000, frozen_ms: 1001, ended_ms: 3000, end: "resume" as const };

it("counts the pauses that the keeper did not list", () => {
  expect(pausesOf({ paused_ms: 9000, pauses: [one], pauses_omitted: 3 })).toEqual({
    count: 4,
    totalMs: 9000,
    list: [{ askedAtMs: 1000, frozenAtMs: 1001, endedAtMs: 3000, end: "resume" }],
    complete: true,
  });
});

it("does not invent how often a job was paused that an older keeper followed", () => {
  expect(pausesOf({ paused_ms: 9000 })).toMatchObject({ count: null, totalMs: 9000, list: [] });
  expect(pausesOf({ paused_ms: 0 })).toMatchObject({ count: 0, totalMs: 0 });
  expect(pausesOf({})).toBeNull();
});
