import { describe, expect, it } from "vitest";
import type { ExitRecord } from "../../contract/keeper.ts";
import { reasonOfRunningStop, reasonOfStop, type Circumstances } from "./keeper-reason.ts";

const times = { stop_ms: 5000 } as ExitRecord["times"];
const here: Circumstances = { request: null, sameBoot: true, goingDown: false };
const cancel = (atMs: number) => ({ reason: "cancel" as const, atMs });
const of = (changes: Partial<Circumstances>, reason = "shutdown") =>
  reasonOfStop({ reason, times }, { ...here, ...changes });

describe("a keeper that got SIGTERM", () => {
  it("was not shut down with a machine that continues to run", () => {
    expect(of({})).toBe("keeper_terminated");
  });

  it("was shut down with a machine that goes down, or has", () => {
    expect(of({ goingDown: true })).toBe("shutdown");
    expect(of({ sameBoot: false })).toBe("shutdown");
  });

  it("got it from this server, where a stop had been requested before", () => {
    expect(of({ request: cancel(5000) })).toBe("cancel");
    expect(of({ request: cancel(4000), sameBoot: false })).toBe("cancel");
  });

  it("keeps its first reason, where a stop was requested afterwards", () => {
    expect(of({ request: cancel(5001), goingDown: true })).toBe("shutdown");
  });

  it("is not shut down while it stops: that is said when it has happened", () => {
    expect(reasonOfRunningStop("shutdown", null)).toBe("keeper_terminated");
    expect(reasonOfRunningStop("shutdown", "cancel")).toBe("cancel");
  });
});

it("every other reason is the keeper's own", () => {
  expect(of({ goingDown: true }, "time_limit")).toBe("time_limit");
  expect(of({ request: cancel(1) }, "exited")).toBe("exited");
  expect(reasonOfRunningStop("memory", "cancel")).toBe("memory");
});
