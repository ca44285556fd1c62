import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { counted } from "./counted.ts";

const src = join(import.meta.dirname, "..");

const plurals = `
  attempts bytes candidates CPUs entries events files findings folders GPUs
  jobs keepers leftovers lines names others processes records requests
  rounds rows rules slots steps suspects times trees variables workers`
  .trim()
  .split(/\s+/)
  .join("|");
const fixed = new RegExp(String.raw`\$\{[\w.()]+\} (?:${plurals})\b`, "g");

/** Texts in which the count is never 1, or that no person reads. */
const allowed = new Set([
  "bulk/act-on-each.ts: ${jobs.length} jobs",
  "stopping/unproven.ts: ${ordinary.length} jobs",
  "format/doctor-page.ts: ${samples} samples",
  "leftovers/candidate.ts: ${most} entries",
  "store/check.ts: ${bytes} bytes",
  "system/regular-file.ts: ${stat.size} bytes",
]);

it("counts one as one", () => {
  expect([counted(0, "job"), counted(1, "job"), counted(2, "job")]).toEqual([
    "0 jobs",
    "1 job",
    "2 jobs",
  ]);
  expect(counted(2, "process", "processes")).toBe("2 processes");
});

it("uses no plural after a count that may be 1", () => {
  const found = globSync("**/*.ts", { cwd: src })
    .filter((name) => !/(\.test|-model)\.ts$/.test(name))
    .flatMap((name) =>
      readFileSync(join(src, name), "utf8")
        .split("\n")
        // A line that checks the count itself.
        .filter((line) => !/=== 1|> 1|< 2/.test(line))
        .flatMap((line) => line.match(fixed) ?? [])
        .map((text) => `${join("src", name).split("/").slice(-2).join("/")}: ${text}`),
    );
  expect(found.filter((text) => !allowed.has(text))).toEqual([]);
});
