import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { resultsDir, root } from "./places.ts";
import { circumstances, table, type Report } from "./report.ts";

const page = join(root, "docs/reference/performance.md");

/**
 * Puts the kept results into the page, between `<!-- bench NAME -->` and `<!-- end -->`: figures
 * that are copied by hand go wrong.
 */
export function writePage(): void {
  const text = readFileSync(page, "utf8").replace(
    /(<!-- bench (\S+) -->\n)[^]*?(<!-- end -->)/g,
    (_, begin: string, name: string, end: string) => `${begin}\n${tableOf(name)}\n\n${end}`,
  );
  writeFileSync(page, text);
}

function tableOf(name: string): string {
  const path = join(resultsDir, `${name}.json`);
  if (!existsSync(path)) return "Not measured yet.";
  const report = JSON.parse(readFileSync(path, "utf8")) as Report;
  return [...table(report), "", `_${circumstances(report)}_`].join("\n");
}
