import { describe, expect, it } from "vitest";
import { sampleJob } from "../testing/sample-job.ts";
import { jobTable } from "./job-table.ts";
import { styleFor } from "./style.ts";

describe("a table of jobs that goes into a file or a pipe", () => {
  it("is not made as wide as the longest command of all", () => {
    const short = sampleJob({ id: 1 });
    const long = sampleJob({ id: 2, spec: { command: ["echo", "x".repeat(100_000)] } });
    const lines = jobTable([short, long], 0, null, styleFor(false));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(400);
    expect(lines.join("\n")).toContain("xxx…");
  });
});
