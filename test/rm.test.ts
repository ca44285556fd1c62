import { describe, expect, it } from "vitest";
import { startedServer } from "./harness/started-server.ts";

const holdfast = startedServer();

describe("rm", () => {
  it("removes an ended job and refuses a job that has not ended", async () => {
    const done = await holdfast.ended("true");
    expect((await holdfast.run("rm", done)).code).toBe(0);
    expect((await holdfast.run("show", done)).code).toBe(1);
    const waiting = String(await holdfast.submit("--hold", "true"));
    const refused = await holdfast.run("rm", waiting);
    expect(refused.stderr).toContain("The job has not ended");
    expect(refused.code).toBe(1);
    await holdfast.run("cancel", waiting);
  });
});
