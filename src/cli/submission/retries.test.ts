import { describe, expect, it } from "vitest";
import { Arguments } from "../grammar/parse.ts";
import { retriesOf } from "./retries.ts";

const read = (options: Record<string, string[]>) =>
  retriesOf(new Arguments([], new Map(Object.entries(options))));

describe("--retries", () => {
  it("says how often, after what and after which wait", () => {
    expect(
      read({
        "--retries": ["3"],
        "--retry-on": ["failed,timed_out", "keeper_lost"],
        "--retry-delay": ["1m"],
      }),
    ).toEqual({ max: 3, on: ["failed", "timed_out", "keeper_lost"], delayMs: 60_000 });
  });

  it("leaves to the server what is not said", () => {
    expect(read({})).toBeUndefined();
    expect(read({ "--retries": ["1"] })).toEqual({ max: 1 });
  });

  it("has to be there where the rest is asked for", () => {
    expect(() => read({ "--retry-on": ["failed"] })).toThrow("--retry-on without --retries");
  });

  it("is refused with a cause that there is not", () => {
    expect(() => read({ "--retries": ["1"], "--retry-on": ["lost"] })).toThrow(
      "--retry-on lost is not known",
    );
  });
});
