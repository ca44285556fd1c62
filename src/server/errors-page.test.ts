import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { problems, type ProblemCode } from "../contract/problems.ts";

const page = readFileSync(new URL("../../docs/reference/errors.md", import.meta.url), "utf8");
const sections = new Map(
  page
    .split("\n## ")
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf("\n")), section] as const),
);

it("docs/reference/errors.md has the codes of the catalogue, no more and no less, in its order", () => {
  expect([...sections.keys()]).toEqual(Object.keys(problems));
});

it.each(Object.keys(problems) as ProblemCode[])(
  "%s is described as it is, with what to do about it",
  (code) => {
    const { title, status, exit } = problems[code];
    const section = sections.get(code) ?? "";
    expect(section).toContain(`${title}. HTTP status ${status}, exit code ${exit}.`);
    expect(/\*\*Solve:\*\* (.{10,})/.exec(section)?.[1]).toBeDefined();
  },
);
