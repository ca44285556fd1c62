import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

it("is taken whole by the wiring alone: every part names what it needs of it", () => {
  const whole = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .filter((file) =>
      /(: |=> |& )Context\b(?!\[)/.test(readFileSync(join(import.meta.dirname, file), "utf8")),
    );
  expect(whole).toEqual(["supervise.ts"]);
});
