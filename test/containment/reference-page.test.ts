import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { expectedCases } from "./expected-cases.ts";
import { referencePage } from "./reference-page.ts";

const path = join(import.meta.dirname, "../../docs/reference/containment.md");

test("the reference page says what the tests assert", () => {
  if (process.env["HOLDFAST_WRITE_DOCS"] === "1") writeFileSync(path, referencePage());
  expect(readFileSync(path, "utf8")).toBe(referencePage());
});

test("each case that is promised something has a test", () => {
  const machine = join(import.meta.dirname, "../vm");
  const sources = [import.meta.dirname, machine]
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((file) => /(\.test|\.vm|\/cases|\/bystanders)\.ts$/.test(file))
    .map((file) => readFileSync(file, "utf8"))
    .join("");
  const untested = expectedCases
    .filter(({ tiers }) => !Object.values(tiers).every((verdict) => verdict.startsWith("not ")))
    .map((expected) => expected.case)
    .filter((number) => !new RegExp(`[cC]ase:? "?${number}\\b|"${number}"[,;]`).test(sources));
  expect(untested).toEqual([]);
});
