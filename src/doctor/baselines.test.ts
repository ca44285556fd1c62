import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Baselines } from "./baselines.ts";
import { FakeExamination } from "./testing/fake-examination.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-baselines-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe("a baseline", () => {
  it("is read as recorded and replaced by a later one of the same name", async () => {
    const baselines = new Baselines(join(folder, "deep"));
    const report = await new FakeExamination().examine();
    await baselines.record("good", { ...report, atMs: 1 });
    await baselines.record("good", report);
    expect(baselines.read("good")).toMatchObject({
      ok: true,
      value: { name: "good", atMs: report.atMs, figures: report.facets.flatMap((f) => f.figures) },
    });
    expect(readdirSync(join(folder, "deep"))).toEqual(["good.json"]);
  });

  it.each(["../../etc/passwd", ".hidden", "a/b", "", "x".repeat(200)])(
    "cannot have the name %j",
    async (name) => {
      const baselines = new Baselines(folder);
      const report = await new FakeExamination().examine(1000);
      expect(await baselines.record(name, report)).toMatchObject({ ok: false });
      expect(baselines.read(name)).toMatchObject({ refusal: { code: "invalid_request" } });
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  it("is refused if the file is missing or invalid", () => {
    const baselines = new Baselines(folder);
    expect(baselines.read("none")).toMatchObject({ refusal: { code: "no_such_baseline" } });
    writeFileSync(join(folder, "odd.json"), '{"version": 2');
    expect(baselines.read("odd")).toMatchObject({ refusal: { code: "unreadable_file" } });
  });
});
