import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { mutations } from "./mutations.ts";

const project = join(import.meta.dirname, "..");

test.each(mutations)("the mutation $name can be made: $file", ({ file, from, to, caughtBy }) => {
  expect(readFileSync(join(project, file), "utf8").split(from)).toHaveLength(2);
  expect(to).not.toBe(from);
  if (caughtBy.kind !== "keeper")
    for (const path of caughtBy.tests)
      expect(() => readFileSync(join(project, path))).not.toThrow();
});
