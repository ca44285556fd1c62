// npm run zoo           a zoo of 200 trees, then this page
// node scripts/orphans-page.ts    only the table, from the result that is kept
//
// Writes the table of docs/reference/orphans.md from bench/results/zoo.json.
import { readFileSync, writeFileSync } from "node:fs";
import type { Tally } from "../test/orphans/zoo/judge.ts";

const page = "docs/reference/orphans.md";
const { seed, count, tally } = JSON.parse(readFileSync("bench/results/zoo.json", "utf8")) as {
  seed: number;
  count: number;
  tally: Tally[];
};

const sum = (list: readonly Tally[], read: (one: Tally) => number) =>
  list.reduce((total, one) => total + read(one), 0);
const orphans = tally.filter(({ truth }) => truth === "orphan");
const innocent = tally.filter(({ truth }) => truth === "innocent");

const trees = sum(orphans, (one) => one.trees);
const found = sum(orphans, (one) => one.found);
const planned = sum(orphans, (one) => one.planned);
const wronged = sum(innocent, (one) => one.planned);
const share = (part: number, whole: number) => `${((100 * part) / whole).toFixed(1)} %`;

const table = [
  `${count} trees of seed ${seed}: ${trees} orphans, of which ${found} were found completely and by the expected rule (recall ${share(found, trees)}); ${sum(innocent, (one) => one.trees)} innocent trees, of which ${sum(innocent, (one) => one.suspected)} were suspected and ${wronged} were in a plan (precision of all plans together ${share(planned, planned + wronged)}).`,
  "",
  "| truth | kind of tree | trees | suspected | found | in a plan |",
  "|---|---|---|---|---|---|",
  ...tally.map((one) => {
    const right = one.truth === "orphan" ? one.found : "";
    return `| ${one.truth} | ${one.species} | ${one.trees} | ${one.suspected} | ${right} | ${one.planned} |`;
  }),
];

writeFileSync(
  page,
  readFileSync(page, "utf8").replace(
    /(<!-- zoo -->\n)[^]*?(<!-- end -->)/,
    (_, begin: string, end: string) => `${begin}\n${table.join("\n")}\n\n${end}`,
  ),
);
