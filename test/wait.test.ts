import { describe, expect, it } from "vitest";
import { startedServer } from "./harness/started-server.ts";

const holdfast = startedServer();

describe("wait", () => {
  it("ends with the job's code, of several the first that is not 0", async () => {
    const good = await holdfast.submit("true");
    const bad = await holdfast.submit("sh", "-c", "exit 5");
    const worse = await holdfast.submit("sh", "-c", "exit 6");
    expect((await holdfast.run("wait", `${good}`, `${bad},${worse}`)).code).toBe(5);
  });

  it("leaves the job alone when it is interrupted", async () => {
    const id = String(await holdfast.submit("sleep", "60"));
    const waiting = holdfast.start(["wait", id]);
    waiting.interrupt("SIGTERM");
    await waiting.ended;
    expect((await holdfast.run("kill", id)).code).toBe(0);
  });
});
