import { describe, expect, it } from "vitest";
import { hasKernelThreadFlag, isKernelThread, parseStat, readStat } from "./proc-stat.ts";

describe("/proc/PID/stat", () => {
  it("is read also when the name tries to sample like the fields behind it", () => {
    const text = "812 (a) S 1 (b) R) S 7 812 800 0 -1 4194560 1 0 0 0 1 2 3 4 20 0 5 0 123457 9 9";
    expect(parseStat(text)).toEqual({
      pid: 812,
      comm: "a) S 1 (b) R",
      state: "S",
      ppid: 7,
      processGroup: 812,
      session: 800,
      threads: 5,
      start: 123_457,
      cpuTicks: 3,
      argStart: 0,
    });
  });

  it("recognizes a thread of the kernel by its flags, and not a process that has pid 2 in a container", () => {
    const kernel = "2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 55 0 0 20 0 1 0 5 0 0";
    expect(hasKernelThreadFlag(kernel)).toBe(true);
    expect(hasKernelThreadFlag("2 (bash) S 1 2 2 0 -1 4194560 1 0 0 0 1 2 3 4 20 0 1 0 9")).toBe(
      false,
    );
    expect(isKernelThread(process.pid)).toBe(false);
  });

  it("that is cut short is ignored", () => {
    expect(parseStat("812 (a) S 7")).toBeNull();
    expect(parseStat("")).toBeNull();
  });

  it("of this very process is readable, and of a pid beyond the largest is not there", () => {
    expect(readStat(process.pid)).toMatchObject({ pid: process.pid, ppid: process.ppid });
    expect(readStat(2 ** 22 + 1)).toBeNull();
  });
});
