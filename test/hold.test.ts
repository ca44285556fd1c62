import { describe, expect, it } from "vitest";
import { startedServer } from "./harness/started-server.ts";

const holdfast = startedServer();

describe("hold and release", () => {
  it("keep a job from starting until it is let go", async () => {
    const id = String(await holdfast.submit("--hold", "true"));
    expect((await holdfast.show(Number(id))).state).toBe("held");
    expect((await holdfast.run("release", id)).stderr).toContain("is in the queue");
    expect((await holdfast.run("wait", id)).code).toBe(0);
    const late = await holdfast.run("hold", id);
    expect(late.code).toBe(1);
  });
});
