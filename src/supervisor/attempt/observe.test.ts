import { describe, expect, it } from "vitest";
import { isOfKeeper } from "./observe.ts";

const payload = { pid: 812, start: 5, inode: 0, session: 812 };

describe("a claim that a search for survivors may go by", () => {
  it("names the payload that the keeper names, leading its own session", () => {
    expect(isOfKeeper({ payload }, { main: { pid: 812, alive: true } })).toBe(true);
  });

  it("is rejected if it was changed to name an unrelated process or its session", () => {
    const main = { pid: 812, alive: true };
    expect(isOfKeeper({ payload: { ...payload, pid: 1, session: 1 } }, { main })).toBe(false);
    expect(isOfKeeper({ payload: { ...payload, session: 1 } }, { main })).toBe(false);
  });
});
