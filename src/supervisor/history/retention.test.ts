import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { accepted, codeOf, Supervised } from "../testing/supervised.ts";
import { eventually } from "../../system/eventually.ts";

let server: Supervised;

beforeEach(async () => {
  server = await Supervised.begin();
});

afterEach(() => server.end());

describe("what is kept of the history", () => {
  const keeping = async (env: NodeJS.ProcessEnv) => {
    server.supervisor.close();
    await server.start({ env });
  };
  const endedAfter = async (bytes: number) => {
    const { id, attempt } = await server.running();
    attempt.end({ output: { stdout_bytes: bytes, stderr_bytes: null, punched_bytes: 0 } });
    await server.reaches(id, "succeeded");
    server.clock.advance(60_000);
    return id;
  };
  const gone = async (id: number) => codeOf(await server.supervisor.show(id)) === "no_such_job";

  it("is everything by default", async () => {
    const id = await endedAfter(1);
    server.clock.advance(100 * 365 * 86_400_000);
    expect(accepted(await server.supervisor.show(id)).state).toBe("succeeded");
  });

  it.each([
    ["as many as wanted", { HOLDFAST_HISTORY_KEEP_COUNT: "2" }],
    ["as much output as wanted", { HOLDFAST_HISTORY_KEEP_BYTES: "250B" }],
    ["what is not too old", { HOLDFAST_HISTORY_KEEP_FOR: "150s" }],
  ])("is %s, the newest; a job that has not ended is never touched", async (_, env) => {
    const live = await server.running();
    const ended = [await endedAfter(100), await endedAfter(100), await endedAfter(100)];
    await keeping(env);
    server.clock.advance(1000);
    await eventually(() => gone(ended[0] ?? 0));
    expect(await Promise.all(ended.map(gone))).toEqual([true, false, false]);
    expect(server.engine.discarded).toHaveLength(1);
    expect(accepted(await server.supervisor.show(live.id)).state).toBe("running");
    live.attempt.end();
    await server.reaches(live.id, "succeeded");
  });

  it("is not forgotten because the clock was set forward, before this server or while it ran", async () => {
    const ended = await endedAfter(100);
    server.clock.setWallClock(server.clock.nowMs() + 365 * 86_400_000);
    await keeping({ HOLDFAST_HISTORY_KEEP_FOR: "30d" });
    server.clock.advance(1000);
    await eventually(async () => (await server.supervisor.health()).warnings.length > 0);
    expect((await server.supervisor.health()).warnings.join()).toContain("ahead of the time");
    server.clock.setWallClock(server.clock.nowMs() + 365 * 86_400_000);
    server.clock.advance(10 * 60_000);
    await eventually(() => server.store.marks.get("passed-time") !== null);
    expect(await gone(ended)).toBe(false);
  });
});
