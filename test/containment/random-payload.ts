import fc from "fast-check";

/** One step of a payload; see test/fixtures/composed.c. */
type Step = string | { how: "f" | "d"; steps: Step[] };

const { steps } = fc.letrec<{ step: Step; steps: Step[] }>((tie) => ({
  steps: fc.array(tie("step"), { maxLength: 5, depthIdentifier: "payload" }),
  step: fc.oneof(
    { maxDepth: 4, depthIdentifier: "payload" },
    { weight: 6, arbitrary: fc.constantFrom("s", "i", "i", "t", "n", "c", "g", "z", "x") },
    {
      weight: 5,
      arbitrary: fc.record({
        how: fc.constantFrom("f" as const, "d" as const),
        steps: tie("steps"),
      }),
    },
  ),
}));

const mostProcesses = 40;

/** Programs for the fixture `composed`: forks, sessions, orphans, ignored signals, dead leaders, stops and more, in any order. */
export const randomPayload: fc.Arbitrary<string> = steps
  .map(textOf)
  .filter((text) => text.length - text.replaceAll("(", "").length < mostProcesses);

function textOf(payload: readonly Step[]): string {
  return payload
    .map((step) => (typeof step === "string" ? step : `${step.how}(${textOf(step.steps)})`))
    .join("");
}

/** Whether the first process ends without a signal, and without waiting for anything. */
export function endsItself(program: string): boolean {
  let depth = 0;
  for (const step of program) {
    depth += Number(step === "(") - Number(step === ")");
    if (depth > 0) continue;
    if (step === "z") return false;
    if (step === "x") return true;
  }
  return false;
}
