import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { thresholds } from "../contract/doctor-thresholds.ts";
import { facetNames } from "../contract/doctor-facets.ts";
import { verdicts } from "../contract/doctor-verdicts.ts";
import { facets } from "./facets.ts";
import { figures } from "./figures.ts";
import { doctorReference } from "./reference.ts";

const docs = `${import.meta.dirname}/../../docs`;

// To update after a change of the tables: vitest run --project unit src/doctor/reference.test.ts -u
it("docs/reference/doctor.md says what the doctor judges by", async () => {
  await expect(doctorReference()).toMatchFileSnapshot(`${docs}/reference/doctor.md`);
});

it("the configuration's page has each threshold with its default", () => {
  const page = readFileSync(`${docs}/reference/configuration.md`, "utf8");
  for (const [name, { default: value, about }] of Object.entries(thresholds))
    expect(page).toContain(`| \`${name}\` | \`${JSON.stringify(value)}\` | ${about}`);
});

it("each facet is examined, in the order of its table", () => {
  expect(facets.map(({ name }) => name)).toEqual(facetNames);
});

it("each facet has a verdict, and the thresholds that verdicts and figures name exist", () => {
  const known = Object.keys(thresholds);
  for (const facet of facetNames)
    expect(Object.values(verdicts).map((one) => one.facet)).toContain(facet);
  for (const { needs } of Object.values(verdicts))
    for (const [name] of needs.matchAll(/\b[a-z]+(?:_[a-z]+)+\b/g))
      if (name !== "baseline_") expect(known).toContain(name);
  for (const figure of Object.values(figures))
    if ("worse" in figure) expect(known).toContain(figure.worse.than);
});
