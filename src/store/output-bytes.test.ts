import { expect, it } from "vitest";
import type { Receipt } from "../contract/receipt.ts";
import { outputBytes } from "./output-bytes.ts";

const outputOf = (stdoutBytes: number, punchedBytes: number) =>
  ({ output: { stdoutBytes, stderrBytes: null, punchedBytes } }) as Receipt;

it("is what was written less what was dropped", () => {
  expect(outputBytes(outputOf(100, 40))).toBe(60);
});

it("is never negative: a job may empty its output after a part of it was dropped", () => {
  expect(outputBytes(outputOf(0, 28_950_528))).toBe(0);
});
