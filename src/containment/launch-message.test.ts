import { describe, expect, it } from "vitest";
import type { JobSpec } from "../job/spec.ts";
import { launchMessage } from "./launch-message.ts";

const spec = {
  command: ["echo", "", "a=b\nc", "ü"],
  cwd: "/data dir",
  output: "split",
  outputQuotaBytes: null,
  graceMs: 5000,
  limitMs: null,
  leaseMs: 1000,
  leftovers: "wait",
  escaped: "stop",
  stopSignal: "USR1",
  stopScope: "main",
  nice: null,
  rlimits: { nofile: "10:20" },
} as unknown as JobSpec;

describe("a launch message", () => {
  const message = launchMessage({
    attempt: "a",
    folder: "/f",
    nonce: "n",
    seal: "s",
    spec,
    env: { A: "1=2", EMPTY: "" },
    cgroup: "/sys/fs/cgroup/x",
    cgroupAlso: ["/sys/fs/cgroup/memory/x", "/sys/fs/cgroup/pids/x"],
    memoryGuardBytes: 1048576,
    cpus: "0-1",
  });
  const fields = message.toString("utf8").split("\0");

  it("is a sequence of NUL-terminated fields between its two marks", () => {
    expect(fields[0]).toBe("holdfast-launch=1");
    expect(fields.slice(-2)).toEqual(["end=", ""]);
  });

  it("carries arguments and environment byte for byte and in order", () => {
    expect(fields.filter((field) => field.startsWith("arg="))).toEqual([
      "arg=echo",
      "arg=",
      "arg=a=b\nc",
      "arg=ü",
    ]);
    expect(fields.filter((field) => field.startsWith("env="))).toEqual(["env=A=1=2", "env=EMPTY="]);
  });

  it("names the groups to join and what the keeper does itself", () => {
    expect(fields).toContain("cgroup=/sys/fs/cgroup/x");
    expect(fields.filter((field) => field.startsWith("cgroup_also="))).toEqual([
      "cgroup_also=/sys/fs/cgroup/memory/x",
      "cgroup_also=/sys/fs/cgroup/pids/x",
    ]);
    expect(fields).toContain("memory_guard_bytes=1048576");
    expect(fields).toContain("cpus=0-1");
  });

  it("says 0 for what is not limited and nothing for what is inherited", () => {
    expect(fields).toContain("limit_ms=0");
    expect(fields).toContain("stop_signal=10");
    expect(fields).toContain("rlimit=nofile=10:20");
    expect(fields.some((field) => field.startsWith("nice="))).toBe(false);
  });
});
