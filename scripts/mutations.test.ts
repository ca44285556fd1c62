import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { mutations } from "../test/mutations.ts";

const root = join(import.meta.dirname, "..");

// `npm run mutate` takes minutes; that a change left a mutation without its place shows here at once.
it.each(mutations.map((mutation) => ({ ...mutation, title: mutation.name })))(
  "the mutation “$title” has one place, and tests that are there",
  ({ file, from, to, caughtBy }) => {
    expect(readFileSync(join(root, file), "utf8").split(from)).toHaveLength(2);
    expect(to).not.toBe(from);
    const paths =
      caughtBy.kind === "keeper"
        ? caughtBy.tests.map((test) => `native/keeper/test/${test.split(".")[0]}.py`)
        : caughtBy.tests;
    for (const path of paths) expect(existsSync(join(root, path)), path).toBe(true);
  },
);

it("no two mutations have one name", () => {
  const names = mutations.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
