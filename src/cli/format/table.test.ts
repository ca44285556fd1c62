import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cut, pad } from "./fit.ts";
import { widthOf } from "./width.ts";
import { fields, table, type Column } from "./table.ts";

const columns: Column[] = [
  { title: "ID", align: "right", gives: false, least: 0 },
  { title: "NAME", align: "left", gives: true, least: 4 },
  { title: "COMMAND", align: "left", gives: true, least: 8 },
];

describe("a table", () => {
  it("is as wide as what is in it", () => {
    const rows = [
      ["9", "a", "true"],
      ["10", "long name", "python3 t.py"],
    ];
    expect(table(columns, rows, null)).toEqual([
      "ID  NAME       COMMAND",
      " 9  a          true",
      "10  long name  python3 t.py",
    ]);
  });

  it("takes from the columns that give, in their order, down to their least", () => {
    const rows = [["1", "a long name", "python3 train.py --lr 0.1"]];
    expect(table(columns, rows, 31)).toEqual([
      "ID  NAME         COMMAND",
      " 1  a long name  python3 train…",
    ]);
    expect(table(columns, rows, 20)).toEqual(["ID  NAME    COMMAND", " 1  a lon…  python3…"]);
  });

  it("leaves out an empty column", () => {
    expect(table(columns, [["1", "", "true"]], null)).toEqual(["ID  COMMAND", " 1  true"]);
  });

  it("is never wider than the terminal, whatever is in it", () => {
    const row = fc.tuple(fc.nat().map(String), fc.string({ unit: "grapheme" }), fc.string());
    fc.assert(
      fc.property(fc.array(row), fc.integer({ min: 1, max: 120 }), (rows, width) => {
        for (const line of table(columns, rows, width))
          expect(widthOf(line)).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe("a cut text", () => {
  it("never splits a character that is seen as one", () => {
    expect(cut("模型训练", 5)).toBe("模型…");
    expect(cut("模型训练", 4)).toBe("模…");
    expect(cut("ab👩‍💻cd", 4)).toBe("ab…");
    expect(cut("abc", 3)).toBe("abc");
    expect(cut("abc", 0)).toBe("");
  });

  it("fits, and padded it fits exactly where its characters can", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat(40), (text, width) => {
        expect(widthOf(cut(text, width))).toBeLessThanOrEqual(width);
        expect(widthOf(pad(text, width, "left"))).toBe(width);
      }),
    );
  });
});

it("aligns fields and leaves out those without a value", () => {
  expect(
    fields([
      ["a", "1"],
      ["long", null],
      ["bcd", "2"],
    ]),
  ).toEqual(["a    1", "bcd  2"]);
});
