import { expect, it } from "vitest";
import { areCpusIn, countCpus } from "./cpu-list.ts";

it.each([
  ["0", 1],
  ["0-3", 4],
  ["0-3,8,10-11", 7],
  ["", 0],
])("%s are %i CPUs", (list, count) => {
  expect(countCpus(list)).toBe(count);
});

it.each([
  ["0", true],
  ["1-2", true],
  ["3,8", true],
  ["3-4", false],
  ["7", false],
  ["8,9", false],
  ["2-1", false],
  ["0-99999999999999999999", false],
])("of 0-3,8: %s is %s", (part, answer) => {
  expect(areCpusIn(part, "0-3,8")).toBe(answer);
});
