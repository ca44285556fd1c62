import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fold } from "./fold.ts";
import { widthOf } from "./width.ts";

describe("a line that is too wide", () => {
  it("is broken at blanks and continues with a larger indent", () => {
    expect(fold("holdfast: the job is still being stopped", 20)).toEqual([
      "holdfast: the job is",
      "  still being",
      "  stopped",
    ]);
  });

  it("continues below its value if it has a label", () => {
    expect(fold("  directory  /home/ada with more parts", 26)).toEqual([
      "  directory  /home/ada",
      "             with more",
      "             parts",
    ]);
  });

  it("is unchanged if it fits", () => {
    expect(fold("a  b   c", 8)).toEqual(["a  b   c"]);
  });

  it("does not break between blanks", () => {
    const long = "x".repeat(50);
    expect(fold(`in ${long} it is`, 20)).toEqual([`in ${long}`, "  it is"]);
    expect(fold(`  folder  /${"y".repeat(16)}`, 20)).toEqual(["  folder", `   /${"y".repeat(16)}`]);
  });

  it("is measured without its colours and by the columns of its characters", () => {
    expect(fold("\u001b[33mwarning: 模型\u001b[39m", 13)).toEqual([
      "\u001b[33mwarning: 模型\u001b[39m",
    ]);
    expect(fold("模型 模型 模型", 10)).toEqual(["模型 模型", "  模型"]);
    expect(fold("e\u0301e\u0301 e\u0301e\u0301", 5)).toEqual(["e\u0301e\u0301 e\u0301e\u0301"]);
  });

  it.each([40, 80, 200])("at %i columns loses no word and fits", (columns) => {
    const texts = fc.array(fc.constantFrom("job", "42", "模型", "e\u0301", "processes", "--limit"));
    fc.assert(
      fc.property(texts, fc.nat(4), (list, indent) => {
        const line = " ".repeat(indent) + list.join(" ");
        const lines = fold(line, columns);
        expect(lines.join(" ").split(/ +/).filter(Boolean)).toEqual(list);
        for (const one of lines) expect(widthOf(one)).toBeLessThanOrEqual(columns);
      }),
    );
  });
});
