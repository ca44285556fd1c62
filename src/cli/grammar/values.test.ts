import { expect, it } from "vitest";
import { definition as run } from "../commands/run.ts";
import { parse } from "./parse.ts";
import { choiceValue, durationValue, sizeValue, wholeValue } from "./values.ts";

const given = (...args: string[]) => parse(run, [...args, "true"]);

it("reads durations and sizes with their units", () => {
  expect(durationValue(given("--limit", "1h30m"), "--limit")).toBe(5_400_000);
  expect(sizeValue(given("--output-quota", "1GiB"), "--output-quota")).toBe(2 ** 30);
  expect(durationValue(given(), "--limit")).toBeUndefined();
});

it("refuses a bare number with an example", () => {
  expect(() => durationValue(given("--limit", "5"), "--limit")).toThrow(
    "--limit 5 is not a duration",
  );
  expect(() => sizeValue(given("--output-quota", "5"), "--output-quota")).toThrow(
    "--output-quota 5 is not a size",
  );
});

it("reads whole numbers and choices, and refuses others", () => {
  expect(wholeValue(given("--nice", "-5"), "--nice", -20)).toBe(-5);
  expect(() => wholeValue(given("-g", "1.5"), "--gpus", 0)).toThrow("not a whole number");
  expect(() => wholeValue(given("-g", "-1"), "--gpus", 0)).toThrow("not a whole number");
  expect(choiceValue(given("--leftovers", "wait"), "--leftovers", ["stop", "wait"])).toBe("wait");
  expect(() => choiceValue(given("--leftovers", "leave"), "--leftovers", ["stop", "wait"])).toThrow(
    "--leftovers leave is not known",
  );
});
