import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cut, pad } from "./fit.ts";
import { widthOf } from "./width.ts";
import { laidOut } from "../testing/laid-out.ts";
import { table, type Column } from "./page.ts";

type Row = readonly [id: string, name: string, command: string];

const columns: readonly Column<Row>[] = [
  { title: "ID", align: "right", cell: ([id]) => id },
  { title: "NAME", least: 4, cell: ([, name]) => name },
  { title: "COMMAND", least: 8, cell: ([, , command]) => command },
];
const shown = (rows: readonly Row[], width: number | null) =>
  laidOut([table(rows, columns)], width);

describe("a table", () => {
  it("is as wide as what is in it", () => {
    const rows: Row[] = [
      ["9", "a", "true"],
      ["10", "long name", "python3 t.py"],
    ];
    expect(shown(rows, null)).toEqual([
      "ID  NAME       COMMAND",
      " 9  a          true",
      "10  long name  python3 t.py",
    ]);
  });

  it("takes from the columns that give, in their order, down to their least", () => {
    const rows: Row[] = [["1", "a long name", "python3 train.py --lr 0.1"]];
    expect(shown(rows, 31)).toEqual([
      "ID  NAME         COMMAND",
      " 1  a long name  python3 train…",
    ]);
    expect(shown(rows, 20)).toEqual(["ID  NAME    COMMAND", " 1  a lon…  python3…"]);
  });

  it("leaves out an empty column", () => {
    expect(shown([["1", "", "true"]], null)).toEqual(["ID  COMMAND", " 1  true"]);
  });

  it("is never wider than the terminal, whatever is in it", () => {
    const row = fc.tuple(fc.nat().map(String), fc.string({ unit: "grapheme" }), fc.string());
    fc.assert(
      fc.property(fc.array(row), fc.integer({ min: 1, max: 120 }), (rows, width) => {
        for (const line of shown(rows, width)) expect(widthOf(line)).toBeLessThanOrEqual(width);
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
