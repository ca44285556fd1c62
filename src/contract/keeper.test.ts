import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { claim, exitRecord, keeperClaim, keeperMessage } from "./keeper.ts";

function example(name: string): string {
  return readFileSync(new URL(`../../native/keeper/examples/${name}`, import.meta.url), "utf8");
}

describe("the keeper's example files", () => {
  it.each(["keeper.json", "void.json"])("%s is a claim", (name) => {
    expect(claim.parse(JSON.parse(example(name)))).toEqual(JSON.parse(example(name)));
  });

  it.each(["exit.json", "exec-failed.json"])("%s is an exit record", (name) => {
    expect(exitRecord.parse(JSON.parse(example(name)))).toEqual(JSON.parse(example(name)));
  });

  it("status.ndjson is what a keeper says", () => {
    for (const line of example("status.ndjson").trim().split("\n")) {
      expect(keeperMessage.parse(JSON.parse(line))).toEqual(JSON.parse(line));
    }
  });

  it("a void claim is not taken for a keeper's", () => {
    expect(keeperClaim.safeParse(JSON.parse(example("void.json"))).success).toBe(false);
  });
});

describe("the processes of an exit record", () => {
  const record = JSON.parse(example("exit.json")) as { processes: Record<string, unknown>[] };
  const [first] = record.processes;
  const accepts = (processes: unknown) => exitRecord.safeParse({ ...record, processes }).success;

  it.each([
    ["pid", "812"],
    ["pid", 8.12],
    ["start", -1],
    ["comm", null],
    ["how", "asked"],
    ["code", "0"],
    ["signal", undefined],
    ["at_ms", -1],
  ])("have no %s of %j", (name, value) => {
    expect(accepts([first])).toBe(true);
    expect(accepts([{ ...first, [name]: value }])).toBe(false);
  });

  it.each([[{}], [[null]], [["812"]], [null]])("are not %j", (processes) => {
    expect(accepts(processes)).toBe(false);
  });

  it("are 1,024 at most", () => {
    expect(accepts(Array.from({ length: 1024 }, () => first))).toBe(true);
    expect(accepts(Array.from({ length: 1025 }, () => first))).toBe(false);
  });
});
