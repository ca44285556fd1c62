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

  it("reports several jobs in the order in which they end", async () => {
    const slow = String(await holdfast.submit("sleep", "60"));
    const quick = String(await holdfast.submit("sh", "-c", "exit 5"));
    const waiting = holdfast.start(["wait", "--json", slow, quick]);
    await waiting.says(/"failed"/);
    await holdfast.run("kill", slow);
    const { code, stdout } = await waiting.ended;
    const ids = stdout.trimEnd().split("\n");
    expect(ids.map((job) => String((JSON.parse(job) as { id: number }).id))).toEqual([quick, slow]);
    expect(code).toBe(130);
  });

  it("leaves the job alone when it is interrupted", async () => {
    const id = String(await holdfast.submit("sleep", "60"));
    const waiting = holdfast.start(["wait", id]);
    waiting.interrupt("SIGTERM");
    await waiting.ended;
    expect((await holdfast.run("kill", id)).code).toBe(0);
  });
});
