import { describe, expect, it } from "vitest";
import { terminalEventOf, type Outcome } from "./outcome.ts";
import { reasonNames, reasons } from "./reasons.ts";

const exited: Outcome = { reason: "exited", code: 0, signal: null, leftovers: 0 };

describe("the terminal event of an outcome", () => {
  it("is success for a main process that ended with 0 without a stop, with or without leftovers", () => {
    expect(terminalEventOf(exited)).toBe("succeeded");
    expect(terminalEventOf({ ...exited, leftovers: 3 })).toBe("succeeded");
  });

  it("is failure for any other code and for a signal", () => {
    expect(terminalEventOf({ ...exited, code: 3 })).toBe("failed");
    expect(terminalEventOf({ ...exited, code: null, signal: 9 })).toBe("failed");
  });

  it("is never success when the exit was not observed", () => {
    expect(terminalEventOf({ ...exited, code: null })).toBe("lost");
  });

  it("is decided by the first reason to stop, whatever exit code comes in late", () => {
    for (const reason of reasonNames) {
      const { ends } = reasons[reason];
      if (ends === null) continue;
      for (const code of [0, 1, null])
        expect(terminalEventOf({ ...exited, reason, code })).toBe(ends);
    }
  });
});
