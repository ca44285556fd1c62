import { describe, expect, it } from "vitest";
import { realClock } from "../system/clock.ts";
import { runWatched } from "./watched-run.ts";

const longEnoughMs = 60_000;

describe("a program that may hang", () => {
  it("is read to its end", async () => {
    const ran = await runWatched(
      realClock,
      "sh",
      ["-c", "echo a; echo b >&2; exit 3"],
      longEnoughMs,
    );
    expect(ran).toEqual({ kind: "ended", code: 3, stdout: "a\n", stderr: "b\n" });
  });

  it("is killed when it takes too long", async () => {
    const ran = await runWatched(realClock, "sleep", ["600"], 20);
    expect(ran).toMatchObject({ kind: "hung", stuckPid: null });
  });

  it("may not be installed", async () => {
    const ran = await runWatched(realClock, "no-such-program", [], longEnoughMs);
    expect(ran).toEqual({ kind: "absent", message: "no-such-program is not installed" });
  });
});
