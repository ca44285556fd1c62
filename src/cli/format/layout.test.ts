import { expect, it } from "vitest";
import { laidOut } from "../testing/laid-out.ts";
import { bold, facts, painted, section, table, warning, type Page } from "./page.ts";

it("facts are aligned; those without a value are left out", () => {
  const rows = facts([
    ["a", "1"],
    ["long", null],
    ["bcd", "2"],
  ]);
  expect(laidOut([rows])).toEqual(["a    1", "bcd  2"]);
});

it("a section is indented, and left out if nothing is in it", () => {
  const page: Page = [
    section("job 4", ["line", "", section("inner", [facts([["a", "1"]])]), section("none", [])]),
    section("empty", [section("empty as well", [])]),
  ];
  expect(laidOut(page)).toEqual(["job 4", "  line", "", "  inner", "    a  1"]);
});

it("a table in a section is as much narrower as it is indented", () => {
  const column = { title: "COMMAND", least: 4, cell: (text: string) => text };
  const page = [section("processes", [table(["python3 train.py"], [column])])];
  expect(laidOut(page, 12)).toEqual(["processes", "  COMMAND", "  python3 t…"]);
});

it("parts of a line and cells are coloured, the outermost name first; padding belongs to the cell", () => {
  const page: Page = [
    [bold("job 4"), " ", painted("lost", "bold", "red")],
    table([["a", "b"]] as const, [
      { title: "ONE", cell: ([one]) => warning(one) },
      { title: "TWO", cell: ([, two]) => two },
    ]),
  ];
  expect(laidOut(page, null, true)).toEqual([
    "\u001b[1mjob 4\u001b[22m \u001b[1m\u001b[31mlost\u001b[39m\u001b[22m",
    "\u001b[1mONE\u001b[22m  \u001b[1mTWO\u001b[22m",
    "\u001b[33ma  \u001b[39m  b",
  ]);
});

it("whatever is in a page does nothing to a terminal", () => {
  const hostile = "a\u001b[2J\nb";
  const page: Page = [
    hostile,
    warning(hostile),
    section(hostile, [facts([[hostile, hostile]])]),
    table([hostile], [{ title: "T", cell: (text) => text }]),
  ];
  expect(laidOut(page).join("")).not.toMatch(/\p{Cc}/u);
});
