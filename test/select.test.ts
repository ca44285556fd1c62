import { describe, expect, it } from "vitest";
import { startedServer } from "./harness/started-server.ts";

const holdfast = startedServer();

describe("selectors", () => {
  it("are the last, the ones before, lists, ranges and names", async () => {
    const first = await holdfast.ended("-n", "alpha", "true");
    const second = await holdfast.ended("true");
    const select = async (...args: string[]) => {
      const { stdout } = await holdfast.run("show", "--json", ...args);
      return stdout
        .trimEnd()
        .split("\n")
        .map((line) => (JSON.parse(line) as { id: number }).id);
    };
    expect(await select("@")).toEqual([Number(second)]);
    expect(await select("@~1")).toEqual([Number(first)]);
    expect(await select("alpha")).toEqual([Number(first)]);
    expect(await select(`${first}-${second}`)).toEqual([Number(first), Number(second)]);
    expect(await select(second, first, "@")).toEqual([Number(second), Number(first)]);
  });

  it("that select nothing say so", async () => {
    const { code, stderr } = await holdfast.run("show", "99999");
    expect(stderr).toContain("holdfast: There is no such job\n  99999 matches no job");
    expect(code).toBe(1);
  });
});
