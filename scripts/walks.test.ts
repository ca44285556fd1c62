import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const page = readFileSync(join(root, "CONTRIBUTING.md"), "utf8");
const [, walks = ""] = /^## Adding a verb, [^\n]*\n(.*?)^## /ms.exec(page) ?? [];
const paths = [...walks.matchAll(/`((?:src|test|scripts|docs)\/[\w./-]+)`/g)].map(
  ([, path]) => path,
);

describe("the files to change for an addition, in CONTRIBUTING.md,", () => {
  it.each([...new Set(paths)])("include %s, which exists", (path = "") => {
    expect(existsSync(join(root, path))).toBe(true);
  });

  it.each(["A verb of jobs", "A verb of the machine", "A limit of a job", "An engine", "A page"])(
    "are listed for %s",
    (addition) => {
      expect(walks).toContain(`**${addition}`);
    },
  );

  it("list each verb's entries where the verbs are", () => {
    for (const path of ["src/supervisor/verbs/verbs.ts", "src/server/routes/job-verbs.ts"])
      expect(paths).toContain(path);
  });
});
