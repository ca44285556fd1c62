import { expect, it } from "vitest";
import { heldUpBy } from "./held-up.ts";

const status = (state: string, tracer: number) =>
  `Name:\tholdfast-keeper\nState:\t${state}\nTgid:\t812\nTracerPid:\t${tracer}\nUid:\t0\t0\t0\t0\n`;

it.each([
  ["S (sleeping)", 0, null],
  ["S (sleeping)", 900, null],
  ["T (stopped)", 0, { how: "stopped", tracer: 0 }],
  ["t (tracing stop)", 900, { how: "traced", tracer: 900 }],
  // A tracer in another PID namespace has no number here.
  ["t (tracing stop)", 0, { how: "traced", tracer: 0 }],
  ["Z (zombie)", 0, null],
])("%s, traced by %i", (state, tracer, expected) => {
  expect(heldUpBy(status(state, tracer))).toEqual(expected);
});
