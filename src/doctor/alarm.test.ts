import { describe, expect, it } from "vitest";
import type { DoctorReport, DoctorVerdict } from "../contract/doctor.ts";
import { Alarm } from "./alarm.ts";

const verdict = (subject = "machine"): DoctorVerdict => ({
  verdict: "io-contention",
  severity: "warning",
  facet: "io",
  subject,
  message: "everything waited",
  figure: 30,
  threshold: 20,
  unit: "%",
  windowMs: 20_000,
  samples: 2,
  source: "/proc/pressure/io",
  confidence: "likely",
  evidence: [],
  next: "cat /proc/diskstats",
});

const report = (
  atMs: number,
  verdicts: DoctorVerdict[],
  state: DoctorReport["facets"][number]["state"] = "measured",
): DoctorReport => ({
  version: 1,
  atMs,
  windowMs: 1,
  samples: 2,
  endedEarly: false,
  jobId: null,
  summary: "healthy",
  worst: null,
  message: "",
  verdicts,
  facets: [{ facet: "io", state, why: [], samples: 2, figures: [] }],
  comparedWith: null,
});

/** `x`: the verdict holds; `.`: it does not; `?`: its facet was not measured. */
function reported(story: string, alarm = new Alarm({ raiseAfter: 2, clearAfter: 3 })): string {
  return Array.from(story)
    .map((word, index) => {
      const held = word === "x" ? [verdict()] : [];
      const changes = alarm.take(report(index, held, word === "?" ? "not measured" : "measured"));
      return changes.map(({ event }) => (event === "raised" ? "R" : "C")).join("") || "-";
    })
    .join("");
}

describe("an alarm", () => {
  it.each([
    ["xxxx", "-R--", "is raised after two consecutive reports"],
    ["x.x.x.", "------", "is not raised by isolated reports"],
    ["xx...", "-R--C", "is cleared after three reports without it"],
    ["xx..x...", "-R-----C", "stays raised if the verdict returns earlier"],
    ["xx.....xx", "-R--C---R", "can be raised again"],
    ["xx??????...", "-R--------C", "is not cleared while its facet is not measured"],
    ["x??x", "---R", "continues counting after a gap that was not measured"],
  ])("%s: %s (%s)", (story, expected) => {
    expect(reported(story)).toBe(expected);
  });

  it("is separate for each subject and has a start time", () => {
    const alarm = new Alarm({ raiseAfter: 1, clearAfter: 1 });
    alarm.take(report(100, [verdict("job 4")]));
    alarm.take(report(200, [verdict("job 4"), verdict("job 5")]));
    expect(alarm.active.map(({ verdict: { subject }, sinceMs }) => [subject, sinceMs])).toEqual([
      ["job 4", 100],
      ["job 5", 200],
    ]);
    const [cleared] = alarm.take(report(300, [verdict("job 5")]));
    expect(cleared).toMatchObject({ event: "cleared", sinceMs: 100, atMs: 300 });
  });
});
