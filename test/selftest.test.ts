import { describe, expect, it } from "vitest";
import type { Selftest } from "../src/client/client.ts";
import { startedServer } from "./harness/started-server.ts";

describe.each([
  ["auto", /^(cgroup|subreaper)$/],
  ["off", /^subreaper$/],
])("selftest with containment.cgroup = %s", (cgroup, tier) => {
  const holdfast = startedServer({ HOLDFAST_CONTAINMENT_CGROUP: cgroup });

  it("proves every escape ended, leaves the bystander alone, and leaves no job behind", async () => {
    const { code, stdout } = await holdfast.run("selftest", "--json");
    const report = JSON.parse(stdout) as Selftest;
    expect(report.cases.map(({ name, verdict, message }) => ({ name, verdict, message }))).toEqual(
      report.cases.map(({ name, message }) => ({ name, verdict: "proven", message })),
    );
    expect(report.cases.length).toBeGreaterThanOrEqual(8);
    expect(report.limits.filter(({ verdict }) => verdict === "not enforced")).toEqual([]);
    // Every machine has a last resort for these: looking once a second, and affinity.
    expect(report.limits).toContainEqual(
      expect.objectContaining({ what: "memory", verdict: "enforced" }),
    );
    expect(report).toMatchObject({ passed: true, tier: expect.stringMatching(tier) });
    expect(report.bystander).toContain("left alone");
    expect(code).toBe(0);
    const listed = JSON.parse((await holdfast.run("ls", "--all", "--json")).stdout);
    expect(listed.jobs).toEqual([]);
    const own = holdfast
      .processes()
      .filter(({ command }) => !/^(MainThread|node|holdfast-)/.test(command));
    expect(own).toEqual([]);
  });

  it("is a table for people", async () => {
    const { stdout } = await holdfast.run("selftest");
    expect(stdout).toMatch(/^selftest +\d+ of \d+ escapes proven ended$/m);
    expect(stdout).toMatch(/^own session +proven/m);
  });
});
