import { expect, it, vi } from "vitest";
import type { Job } from "../contract/job.ts";
import { damagedSpec } from "../store/damaged-spec.ts";
import { jobText } from "./job-text.ts";

function job(spec: Job["spec"]): Job {
  return {
    id: 7,
    state: "held",
    reason: null,
    message: 'a "quoted" word',
    spec,
    createdAtMs: 1,
    startedAtMs: null,
    endedAtMs: null,
    outcome: null,
    retryOf: null,
    waiting: null,
    attempt: null,
    limits: [],
    stopping: null,
    progress: null,
    heldGpus: [],
  };
}

const spec = (name: string) => damagedSpec({}, { name, priority: 0, gpus: 0 });

it("is the job's JSON, also when its specification is known already", () => {
  const frozen = Object.freeze(spec("train"));
  const queued = { ...job(frozen), state: "queued" as const, damaged: undefined };
  for (const one of [job(frozen), queued, job(frozen), job(spec("other"))])
    expect(jobText(one)).toBe(JSON.stringify(one));
});

it("makes the text of a specification once", () => {
  const frozen = Object.freeze(spec("train"));
  jobText(job(frozen));
  const stringify = vi.spyOn(JSON, "stringify");
  jobText(job(frozen));
  expect(stringify.mock.calls.flat()).not.toContain(frozen);
  stringify.mockRestore();
});

it("does not keep the text of a specification that may change", () => {
  const open = spec("train");
  jobText(job(open));
  open.name = "changed";
  expect(jobText(job(open))).toContain('"name":"changed"');
});
