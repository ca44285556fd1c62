import { expect, it } from "vitest";
import busy from "./testing/recorded/busy.json" with { type: "json" };
import idle from "./testing/recorded/idle.json" with { type: "json" };
import { FakeExamination } from "./testing/fake-examination.ts";

/** Both ends of a window, recorded from /proc of a real machine. */
async function replayed({ tookMs, first, last }: typeof idle) {
  const exam = new FakeExamination();
  exam.clock.advance(61_000); // the fake machine's own events are over
  exam.machine.put(first);
  exam.later(tookMs - 1, last);
  const report = await exam.examine(tookMs);
  const figure = (name: string) =>
    report.facets.flatMap(({ figures }) => figures).find((one) => one.name === name)?.value ?? -1;
  return { report, figure };
}

it("an idle real machine has no verdicts", async () => {
  const { report, figure } = await replayed(idle);
  expect(figure("cpu.busy")).toBe(1.1);
  expect(report).toMatchObject({ summary: "healthy", verdicts: [] });
});

it("a real machine with one busy task per CPU has no verdicts", async () => {
  const { report, figure } = await replayed(busy);
  expect(figure("cpu.busy")).toBe(100);
  expect(figure("cpu.pressure-some")).toBeCloseTo(2.1, 0);
  expect(report).toMatchObject({ summary: "healthy", verdicts: [] });
});
