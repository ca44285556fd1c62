import { describe, expect, it } from "vitest";
import { onHangUp, onInterrupt, onKey } from "./interruption.ts";

describe("Ctrl+C", () => {
  it("asks first on a terminal", () => {
    expect(onInterrupt("following", true)).toEqual({ stage: "asking", act: "ask" });
  });

  it("cancels at once without a terminal, and when it comes twice", () => {
    expect(onInterrupt("following", false)).toEqual({ stage: "stopping", act: "cancel" });
    expect(onInterrupt("asking", true)).toEqual({ stage: "stopping", act: "cancel" });
    expect(onKey("asking", "\u0003")).toEqual({ stage: "stopping", act: "cancel" });
  });

  it("kills while the job is being stopped", () => {
    expect(onInterrupt("stopping", true)).toEqual({ stage: "stopping", act: "kill" });
  });
});

describe("the answer", () => {
  it("detaches, cancels or kills; with any other key the command continues", () => {
    expect(onKey("asking", "d")).toEqual({ stage: "detached", act: "detach" });
    expect(onKey("asking", "C")).toEqual({ stage: "stopping", act: "cancel" });
    expect(onKey("asking", "k")).toEqual({ stage: "stopping", act: "kill" });
    for (const key of ["\r", "x", "\u001b", " "])
      expect(onKey("asking", key)).toEqual({ stage: "following", act: "continue" });
  });

  it("is ignored unless the question was asked", () => {
    expect(onKey("stopping", "d")).toEqual({ stage: "stopping", act: null });
  });
});

it("a hang-up detaches and leaves the job running", () => {
  expect(onHangUp()).toEqual({ stage: "detached", act: "detach" });
});
