import { expect, it } from "vitest";
import { silenceHint } from "./silence.ts";

const minute = 60_000;
const hint = (
  changes: { envNames?: string[]; command?: string[]; written?: boolean; intoPipe?: boolean },
  minutes = 7,
  limitMs = 5 * minute,
) => {
  const { envNames = [], command = ["sim"], written = false, intoPipe = false } = changes;
  return silenceHint(
    { envNames, command },
    { written, sinceMs: 0, intoPipe },
    { nowMs: minutes * minute, limitMs },
  );
};

it("a job that has written nothing for long gets a hint with what was seen and what would help", () => {
  expect(hint({})).toBe(
    "no output for 7m 0s, since it started; output into a file or pipe is block-buffered unless a program says otherwise: submit it with --line-buffered (programs in C) or PYTHONUNBUFFERED=1 (Python) to see each line at once",
  );
  expect(hint({ envNames: ["PYTHONUNBUFFERED"] })).not.toContain("Python");
  expect(hint({ command: ["stdbuf", "-oL"] })).not.toContain("--line-buffered");
  expect(hint({ written: true, intoPipe: true })).toContain("no output for 7m 0s;");
});

it("and none where it is early, switched off, has written into a file, or nothing would help", () => {
  expect(hint({}, 4)).toBeNull();
  expect(hint({}, 7, 0)).toBeNull();
  expect(hint({ written: true })).toBeNull();
  expect(hint({ command: ["stdbuf"], envNames: ["PYTHONUNBUFFERED"] })).toBeNull();
});
