import { describe, expect, it } from "vitest";
import type { Suspect } from "../contract/orphans.ts";
import { outdated, whyLeft } from "./plan.ts";

describe("a plan's pids", () => {
  const plan = { bootId: "b", pidNamespace: 100 };

  it("are valid in the same boot and PID namespace", () => {
    expect(outdated(plan, "b", 100)).toBeNull();
    expect(outdated({ bootId: "b" }, "b", 100)).toBeNull();
  });

  it("name ended processes after a restart of the machine", () => {
    expect(outdated(plan, "c", 100)).toMatchObject({ gone: true });
  });

  it("name other processes in another PID namespace, and the state of the planned ones is unknown", () => {
    expect(outdated(plan, "b", 200)).toMatchObject({
      gone: false,
      message: expect.stringContaining("PID namespace (100)"),
    });
  });
});

describe("a plan takes", () => {
  const suspect = {
    root: 5,
    class: "parent-gone",
    rule: "loky",
    confidence: "likely",
    action: "report",
    goneMs: 4000,
  } as Suspect;
  const why = (change: Partial<Suspect>, asked: object = {}) =>
    whyLeft(
      { ...suspect, ...change },
      { allUsers: false, leftovers: false, ...asked },
      {
        minAgeMs: 300_000,
        cpuPercent: 50,
        parentGoneMs: 30_000,
      },
    );

  it("proposed suspects whose evidence is not weak", () => {
    expect(why({ action: "propose" })).toBeNull();
    expect(why({})).toContain("only reported");
    expect(why({ action: "propose", confidence: "weak" })).toContain("too weak");
  });

  it("only suspects requested by rule, class or pid", () => {
    for (const asked of [{ rule: "loky" }, { class: "parent-gone" }, { pids: [5] }]) {
      expect(why({}, asked)).toBeNull();
      expect(why({ rule: "x", class: "left-by-job", root: 6 }, asked)).not.toBeNull();
    }
  });

  it("no suspect whose parent has not been known to be gone for long enough", () => {
    expect(why({ confidence: "waiting" }, { pids: [5] })).toContain("for 4s; the minimum is 30s");
  });
});
