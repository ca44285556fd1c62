import { describe, expect, it } from "vitest";
import { endedJob, nowMs, sampleJob } from "../testing/sample-job.ts";
import { jobTable } from "./job-table.ts";
import { laidOut } from "../testing/laid-out.ts";
import { widthOf } from "./width.ts";

describe("a table of jobs that goes into a file or a pipe", () => {
  it("is not made as wide as the longest command of all", () => {
    const short = sampleJob({ id: 1 });
    const long = sampleJob({ id: 2, spec: { command: ["echo", "x".repeat(100_000)] } });
    const lines = laidOut(jobTable([short, long], 0));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(400);
    expect(lines.join("\n")).toContain("xxx…");
  });
});

describe("a table of jobs", () => {
  it("names a job without a name as run does", () => {
    const [, row] = laidOut(jobTable([sampleJob()], nowMs));
    expect(row).toMatch(/^42 {2}running {2}train\.py {2}python3 examples/);
  });

  it("has what has not ended above what has, and only that dimmed", () => {
    const jobs = [endedJob("failed", { code: 3 }, { id: 9 }), sampleJob({ id: 8 })];
    const [, first = "", second = ""] = laidOut(jobTable(jobs, nowMs), null, true);
    expect(first).toContain("8");
    expect(first).not.toContain("\u001b[2m");
    expect(second).toContain("\u001b[2m 9\u001b[22m");
    expect(second).toContain("\u001b[31mfailed");
    const codes = laidOut(jobTable(jobs, nowMs)).filter((line) => line.includes("\u001b"));
    expect(codes).toEqual([]);
  });

  it("keeps name and exit code in 40 columns, and drops the command first", () => {
    const jobs = [
      endedJob("failed", { code: 3 }, { id: 1041, spec: { command: ["python3", "train.py"] } }),
      endedJob("succeeded", { code: 0 }, { id: 1042 }),
    ];
    const [head, failed] = laidOut(jobTable(jobs, nowMs), 40);
    expect(head).toMatch(/^ *ID +STATE +NAME +(?:TIME +)?EXIT$/);
    expect(failed).toMatch(/^1041 +failed +train\.py .*\b3$/);
  });

  it("lets one long name squeeze no other column", () => {
    const long = sampleJob({
      id: 1,
      spec: { name: "x".repeat(120), command: ["make", "all-tests"] },
    });
    const note = "waits for 2 GPUs of 4";
    const waiting = { code: "gpus" as const, message: note, hint: "" };
    const other = sampleJob({ id: 2, state: "queued", startedAtMs: null, waiting });
    const lines = laidOut(jobTable([long, other], nowMs), 100);
    expect(lines.join("\n")).toContain("make all-tests");
    expect(lines.join("\n")).toContain(note);
    expect(lines.join("\n")).toContain("train.py");
  });

  const names = [
    "模型训练".repeat(30),
    "e\u0301".repeat(80),
    "\u001b[31mred\u0007\n".repeat(20),
    "\u202eabc\u2066".repeat(20),
    "👩‍🔬".repeat(40),
    "short",
  ];
  it.each([40, 80, 200])("fits %i columns, whatever its names are made of", (columns) => {
    const jobs = names.map((name, index) =>
      sampleJob({ id: index + 1, spec: { name, tags: [name], command: ["echo", name] } }),
    );
    const lines = laidOut(jobTable(jobs, nowMs), columns);
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
    expect(lines.join("")).not.toMatch(/[^\P{Cc}]|[\u202a-\u202e\u2066-\u2069]/u);
    for (const line of lines.slice(1)) expect(line).toMatch(/^ *\d+ {2}running/);
  });
});
