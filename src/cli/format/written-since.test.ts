import { expect, it } from "vitest";
import { endedJob, nowMs, sampleJob } from "../testing/sample-job.ts";
import { writtenSince } from "./written-since.ts";

// The sample job started one minute ago; the ended one ended just now.
it("is everything when the job started later", () => {
  expect(writtenSince(sampleJob(), nowMs - 61_000)).toBe("all");
  expect(writtenSince(sampleJob({ startedAtMs: null }), nowMs)).toBe("all");
});

it("is nothing when the job ended before", () => {
  expect(writtenSince(endedJob("succeeded"), nowMs + 1)).toBe("nothing");
});

it("is not known in between", () => {
  expect(writtenSince(sampleJob(), nowMs - 30_000)).toBe("unknown");
  expect(writtenSince(endedJob("succeeded"), nowMs - 30_000)).toBe("unknown");
});
