import { describe, expect, it } from "vitest";
import { startedServer } from "./harness/started-server.ts";

const holdfast = startedServer();

describe("pause and resume", () => {
  it("freeze and thaw what runs", async () => {
    const id = String(await holdfast.submit("sh", "-c", "echo ready; exec sleep 60"));
    const logs = holdfast.start(["logs", "-f", id]);
    await logs.says(/ready/);
    logs.interrupt();
    await logs.ended;
    expect((await holdfast.run("pause", id)).code).toBe(0);
    expect((await holdfast.show(Number(id))).state).toBe("paused");
    expect((await holdfast.run("resume", id)).code).toBe(0);
    expect((await holdfast.show(Number(id))).state).toBe("running");
    expect((await holdfast.run("kill", id)).code).toBe(0);
  });
});
