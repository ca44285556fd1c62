import { describe, expect, it } from "vitest";
import type { Selftest } from "../../contract/selftest.ts";
import { selftestPage } from "./selftest-page.ts";
import { laidOut } from "../testing/laid-out.ts";

const report: Selftest = {
  passed: false,
  tier: "subreaper",
  tierWhy: "no cgroup v2 hierarchy is mounted",
  cases: [
    { name: "own session", what: "setsid", verdict: "proven", message: "subreaper", tookMs: 12 },
    {
      name: "stopped",
      what: "SIGSTOP",
      verdict: "not proven",
      message: "evil\u001b[2J",
      tookMs: 5,
    },
  ],
  bystander: "was left alone",
  limits: [
    { what: "memory", how: "polled", why: "no controller", verdict: "enforced", message: null },
    {
      what: "cpus",
      how: "affinity",
      why: "set once",
      verdict: "not tried",
      message: "there is only one CPU",
    },
  ],
};

describe("the selftest's page", () => {
  const lines = laidOut(selftestPage(report), 100);

  it("counts, and names what was not proven", () => {
    expect(lines[0]).toBe("selftest     1 of 2 escapes proven ended");
    expect(lines.find((line) => line.startsWith("stopped"))).toContain("not proven");
  });

  it("shows how each limit is applied and whether it was enforced, or why that was not tried", () => {
    expect(lines.at(-2)?.replaceAll(/ +/g, " ")).toBe("memory enforced polled no controller");
    expect(lines.at(-1)?.replaceAll(/ +/g, " ")).toBe(
      "cpus not tried affinity there is only one CPU; set once",
    );
  });

  it("escapes the output of a payload", () => {
    expect(lines.join("\n")).not.toContain("\u001b");
  });
});
