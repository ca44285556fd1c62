import { describe, expect, it } from "vitest";
import type { RefusalError } from "../../contract/problems.ts";
import { problemLines } from "../format/problem.ts";
import { helpPage, overview } from "./help.ts";
import { knownElsewhere } from "./names-elsewhere.ts";
import { verbNames, verbOf, verbsBelow } from "./find-verb.ts";
import { verbs } from "./verbs.ts";
import { commonOptions } from "./definition.ts";

describe.each(verbs)("$name", (verb) => {
  it("is described by its own file", async () => {
    const { definition } = await verb.load();
    expect(definition.name).toBe(verb.name);
    expect(definition.usage.length).toBeGreaterThan(0);
    expect(definition.examples.length).toBeGreaterThan(0);
  });

  it("has each option once", async () => {
    const { definition } = await verb.load();
    const options = [...definition.options, ...commonOptions];
    const names = options.flatMap((option) =>
      "short" in option && option.short !== undefined ? [option.long, option.short] : [option.long],
    );
    expect(new Set(names).size).toBe(names.length);
  });

  it("has a help that fits a terminal", async () => {
    const { definition } = await verb.load();
    const page = helpPage(verb, definition, 80);
    const prose = page.filter((line) => !line.includes("holdfast"));
    expect(Math.max(...prose.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(page).toContain("EXAMPLES");
  });
});

it("the help of a verb shows the verbs below it, with a line for each", async () => {
  for (const name of ["orphans", "doctor"]) {
    const { verb } = verbOf([name]);
    const { definition } = await verb.load();
    const page = helpPage(verb, definition, 80);
    expect(verbsBelow(name).length).toBeGreaterThan(0);
    for (const below of verbsBelow(name))
      expect(page.filter((line) => line.startsWith(`    ${below.name} `))).toEqual([
        expect.stringContaining(below.summary),
      ]);
  }
});

it("the overview names every verb", () => {
  const text = overview().join("\n");
  for (const { name } of verbs) expect(text).toContain(`  ${name} `);
});

describe("a verb is found", () => {
  it("by its name, its alias, and by a name of two parts", () => {
    expect(verbOf(["ps", "-w"])).toMatchObject({ verb: { name: "ls" }, rest: ["-w"] });
    expect(verbOf(["server", "logs", "-f"])).toMatchObject({
      verb: { name: "server logs" },
      rest: ["-f"],
    });
    expect(new Set(verbNames).size).toBe(verbNames.length);
  });

  it.each([
    ["stop", "holdfast cancel JOB"],
    ["status", "holdfast ls"],
    ["list", "holdfast ls"],
    ["top", "holdfast ls -w"],
    ["attach", "holdfast logs -f JOB"],
    ["fg", "holdfast logs -f JOB"],
    ["nohup", "holdfast submit PROGRAM"],
    ["pkill", "holdfast kill JOB"],
    ["nvidia-smi", "holdfast gpus"],
  ])("and our verb is named if %s is the name in another tool", (word, ours) => {
    expect(refused(word, "3")[0]).toBe(`holdfast: There is no verb ${word}`);
    expect(refused(word, "3")[1]).toContain(`Use ${ours}`);
  });

  it("and no word of another tool hides a verb, and each names verbs that there are", () => {
    for (const name of verbNames) expect(knownElsewhere(name)).toBeNull();
    for (const word of ["stop", "status", "top", "tail", "add", "start", "delete", "info"])
      for (const [, named = ""] of (knownElsewhere(word) ?? "").matchAll(/holdfast (\w+)/g))
        expect(verbNames.map((name) => name.split(" ")[0])).toContain(named);
  });

  it("and when it is not, the nearest is named", () => {
    expect(refused("cancle", "42")).toEqual([
      "holdfast: There is no verb cancle",
      "  Did you mean holdfast cancel?",
    ]);
    expect(refused("sever", "status")).toEqual([
      "holdfast: There is no verb sever",
      "  Did you mean holdfast server?",
    ]);
    expect(refused("server", "stat")[1]).toMatch(/Did you mean holdfast server sta(rt|tus)\?/);
    expect(refused("server")[0]).toBe(
      "holdfast: server needs one of: start, stop, restart, status, logs",
    );
  });
});

function refused(...args: string[]): string[] {
  try {
    verbOf(args);
  } catch (error) {
    return problemLines((error as RefusalError).refusal);
  }
  throw new Error("it was found");
}
