import { expect, it } from "vitest";
import { read } from "./page.ts";
import { loosely, stepsOf } from "./steps.ts";

const page = (...lines: string[]) => read(lines.join("\n"));
const steps = (...lines: string[]) => page(...lines).blocks.flatMap(stepsOf);

it("each line of a shell block is a command, and its comment may ask for Ctrl+C or a GPU", () => {
  expect(
    steps("```sh exits with 0 or 3", "holdfast ls", "", "ls -w \\", " -a # until Ctrl+C", "```"),
  ).toMatchObject([
    { line: 2, text: "holdfast ls", codes: [0, 3], untilInterrupt: false, needsGpu: false },
    { line: 5, text: "ls -w \\\n -a # until Ctrl+C", codes: [0, 130], untilInterrupt: true },
  ]);
  expect(steps("```sh", "holdfast gpus # with a GPU", "```")).toMatchObject([{ needsGpu: true }]);
});

it("what a page shows below a command is compared without numbers", () => {
  const [step] = steps("```console", "$ holdfast ls", "ID  AGE", " 1  3s", "```");
  expect(step?.shown).toBe("ID  AGE\n 1  3s\n");
  expect(loosely("ID  AGE\n12  4m 3s\n")).toBe(loosely("ID   AGE\n 1   1m 12s\n"));
  expect(loosely("ID  AGE\n")).not.toBe(loosely("ID  AGE  TIME\n"));
});

it("a block that is neither run nor excused is an objection", () => {
  expect(() => steps("```", "holdfast ls", "```")).toThrow('line 2: a block of ""');
  expect(() => steps("```text", "ok", "```")).toThrow('line 2: a block of "text"');
  expect(() => page("```sh maybe", "ls", "```")).toThrow('"maybe" is neither');
  expect(steps("```sh not run: needs systemd", "systemctl", "```")).toEqual([]);
  expect(page("    holdfast ls").indented).toEqual([1]);
});
