import { describe, expect, it } from "vitest";
import skips from "../skips.json" with { type: "json" };
import { type Page, pages } from "./page.ts";
import { Reader } from "./reader.ts";
import { standIns } from "./stand-ins.ts";
import { loosely, stepsOf } from "./steps.ts";

const isRoot = process.getuid?.() === 0;
const all = pages();

/** Its steps may concern every process of the machine, not only jobs. */
const isAboutTheMachine = ({ blocks }: Page) => blocks.some(({ text }) => /orphans/.test(text));

async function readOn({ path, blocks }: Page, namespace: boolean): Promise<void> {
  const steps = blocks.flatMap(stepsOf);
  if (steps.length === 0) return;
  const reader = new Reader();
  await reader.open({ namespace });
  try {
    await standIns[path]?.(reader);
    for (const step of steps) {
      const place = `${path}:${step.line}`;
      const { code, output } = await reader.do(step);
      expect(step.codes, `${place}: ${step.text}\n${output}`).toContain(code);
      if (step.shown !== null) expect(loosely(output), place).toBe(loosely(step.shown));
    }
  } finally {
    await reader.close();
  }
}

it.each(all)("$path has each block in a fence, and a reason where it is not run", (page) => {
  expect(page.indented).toEqual([]);
  for (const block of page.blocks) stepsOf(block);
});

it("lists each page that only root can try", () => {
  const name = (page: Page) => `a new user types in what ${page.path} says, and it works`;
  const listed = Object.keys(skips).filter((skip) => skip.startsWith("a new user types in"));
  expect(listed.toSorted()).toEqual(all.filter(isAboutTheMachine).map(name).toSorted());
});

describe("a new user", () => {
  it.concurrent.each(all.filter((page) => !isAboutTheMachine(page)))(
    "types in what $path says, and it works",
    (page) => readOn(page, false),
  );

  // Only root can make the PID namespace that keeps what these end away from the real machine.
  it.skipIf(!isRoot).concurrent.each(all.filter(isAboutTheMachine))(
    "types in what $path says, and it works",
    (page) => readOn(page, true),
  );
});
