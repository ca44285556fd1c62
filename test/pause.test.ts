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

  it("are on record, also when the server was killed in between", async () => {
    const id = await holdfast.submit("sh", "-c", "echo ready; exec sleep 60");
    const logs = holdfast.start(["logs", "-f", String(id)]);
    await logs.says(/ready/);
    logs.interrupt();
    await logs.ended;
    expect((await holdfast.run("pause", String(id))).code).toBe(0);
    const { pauses } = await holdfast.show(id);
    expect(pauses).toMatchObject({ count: 1, list: [{ endedAtMs: null, end: null }] });
    expect((await holdfast.run("show", String(id))).stdout).toMatch(/paused +since \d/);
    await holdfast.killServer();
    await holdfast.up();
    expect((await holdfast.run("resume", String(id))).code).toBe(0);
    expect((await holdfast.run("pause", String(id))).code).toBe(0);
    expect((await holdfast.run("kill", String(id))).code).toBe(0);
    const { stdout } = await holdfast.run("receipt", String(id), "--json");
    const receipt = JSON.parse(stdout) as { pauses: NonNullable<typeof pauses> };
    expect(receipt.pauses).toMatchObject({
      count: 2,
      list: [{ askedAtMs: pauses?.list[0]?.askedAtMs, end: "resume" }, { end: "stop" }],
      complete: true,
    });
    expect((await holdfast.show(id)).pauses).toEqual(receipt.pauses);
    for (const verb of ["receipt", "show"])
      expect((await holdfast.run(verb, String(id))).stdout).toMatch(
        /paused +from .+ to .+; +from .+until\s+its\s+stop/s,
      );
  });
});
