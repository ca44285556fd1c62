import { expect, it } from "vitest";
import { describeFailure } from "./describe-failure.ts";
import { BrokenPipe, OutputFailure } from "./terminal/sink.ts";

it("prints nothing to a closed output", () => {
  expect(describeFailure(new BrokenPipe())).toEqual({ text: "", exitCode: 141 });
});

it("reports why the output cannot be written", () => {
  expect(describeFailure(new OutputFailure("ENOSPC: no space left on device, write"))).toEqual({
    text: "holdfast: The output cannot be written\n  ENOSPC: no space left on device, write\n",
    exitCode: 74,
  });
});

it("shows where a defect is", () => {
  const { text, exitCode } = describeFailure(new TypeError("x is not a function"));
  expect(text).toMatch(/^holdfast: The command has a defect here\n.*x is not a function\n +at /);
  expect(exitCode).toBe(70);
});
