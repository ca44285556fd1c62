import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../../system/eventually.ts";
import { accepted, codeOf, Supervised } from "../testing/supervised.ts";

let server: Supervised;

beforeEach(async () => {
  server = await Supervised.begin();
});

afterEach(() => server.end());

describe("cancelling", () => {
  it("a running job records the request, passes it to the keeper, and is cancelled only when nothing lives", async () => {
    const { id, attempt } = await server.running();
    const answer = accepted(await server.supervisor.cancel(id, 30_000));
    expect(answer).toMatchObject({ state: "stopping", reason: "cancel", endedAtMs: null });
    expect(attempt.said).toEqual(["stop cancel 30000 prolong"]);
    attempt.report({ phase: "verifying", reason: "cancel", total: 2, left: 1 });
    expect(accepted(await server.supervisor.show(id)).state).toBe("stopping");
    attempt.end({ reason: "cancel", main: { pid: 812, code: 0, signal: null, core: false } });
    // The late 0 does not make it a success.
    expect((await server.reaches(id, "cancelled")).outcome).toMatchObject({
      code: 0,
      reason: "cancel",
    });
  });

  it("a job whose main process had ended before the keeper heard of it keeps its own outcome", async () => {
    const { id, attempt } = await server.running();
    await server.supervisor.cancel(id, null);
    attempt.end({ reason: "exited" });
    expect((await server.reaches(id, "succeeded")).outcome?.reason).toBe("exited");
  });

  it("again passes each request on: the keeper decides, and only a grace that is named prolongs", async () => {
    const { id, attempt } = await server.running({ graceMs: 20_000 });
    await server.supervisor.cancel(id, null);
    await server.supervisor.cancel(id, 60_000);
    await server.supervisor.cancel(id, null);
    await server.supervisor.kill(id);
    expect(attempt.said).toEqual([
      "stop cancel 20000",
      "stop cancel 60000 prolong",
      "stop cancel 20000",
      "stop cancel 0",
    ]);
  });

  it("that its keeper does not prolong says so, at once and in the receipt", async () => {
    const { id, attempt } = await server.running();
    await server.supervisor.cancel(id, null);
    attempt.report({ phase: "terminating", reason: "cancel" });
    attempt.notProlonged = "KILL was sent already";
    const { message } = accepted(await server.supervisor.cancel(id, 60_000));
    expect(message).toBe("the stop was not prolonged: KILL was sent already");
    attempt.end({ reason: "cancel" });
    await server.reaches(id, "cancelled");
    expect(accepted(await server.supervisor.receipt(id)).stopRequests).toMatchObject([
      { number: 1, graceMs: 10_000 },
      { number: 2, graceMs: 60_000, refused: "KILL was sent already" },
    ]);
  });

  it("whose keeper does not answer is not waited for", async () => {
    const { id, attempt } = await server.running();
    attempt.answersStops = false;
    const answers: Awaited<ReturnType<typeof server.supervisor.cancel>>[] = [];
    void server.supervisor.cancel(id, 60_000).then((answer) => answers.push(answer));
    await eventually(() => {
      server.clock.advance(100);
      return answers.length > 0;
    });
    expect(answers).toMatchObject([{ ok: true, value: { state: "stopping" } }]);
  });

  it("with kill is passed on after a second, shorter cancel", async () => {
    const { id, attempt } = await server.running();
    await server.supervisor.cancel(id, 60_000);
    server.clock.advance(27_000);
    await server.supervisor.cancel(id, 12_000);
    server.clock.advance(1000);
    await server.supervisor.kill(id);
    expect(attempt.said.at(-1)).toBe("stop cancel 0");
  });

  it.each([1, -1])("with kill is passed on when the wall clock was set (%d day)", async (days) => {
    const { id, attempt } = await server.running();
    await server.supervisor.cancel(id, 60_000);
    server.clock.setWallClock(server.clock.nowMs() + days * 86_400_000);
    await server.supervisor.kill(id);
    expect(attempt.said.at(-1)).toBe("stop cancel 0");
  });

  it("says nothing about processes and deadlines before the keeper has", async () => {
    const { id } = await server.running();
    const { stopping } = accepted(await server.supervisor.cancel(id, null));
    expect(stopping).toMatchObject({ phase: "asked", total: null, left: null, killInMs: null });
  });

  it("is in the receipt with every request and the process that made it", async () => {
    const { id, attempt } = await server.running();
    const client = { uid: 1000, pid: 77, command: "curl", parent: null, says: "curl/8" };
    await server.supervisor.cancel(id, null, client);
    await server.supervisor.kill(id);
    attempt.end({ reason: "cancel" });
    await server.reaches(id, "cancelled");
    expect(accepted(await server.supervisor.receipt(id)).stopRequests).toEqual([
      {
        number: 1,
        reason: "cancel",
        graceMs: 10_000,
        prolong: false,
        atMs: server.clock.nowMs(),
        client,
      },
      {
        number: 2,
        reason: "cancel",
        graceMs: 0,
        prolong: false,
        atMs: server.clock.nowMs(),
        client: null,
      },
    ]);
  });

  it("is in the receipt of a job that never started as well", async () => {
    const { id } = await server.submit({ held: true });
    const client = { uid: 1000, pid: null, command: null, parent: null, says: null };
    await server.supervisor.cancel(id, null, client);
    expect(accepted(await server.supervisor.receipt(id)).stopRequests).toMatchObject([
      { number: 0, client },
    ]);
  });

  it("a queued or held job ends it at once: nothing was executed", async () => {
    const { id } = await server.submit({ held: true });
    expect(accepted(await server.supervisor.cancel(id, null)).state).toBe("cancelled");
    expect(server.engine.prepared.size).toBe(0);
    expect(accepted(await server.supervisor.receipt(id)).proof.kind).toBe("never started");
  });

  it("a job in the middle of its launch stops it when it runs", async () => {
    const gate = Promise.withResolvers<void>();
    server.engine.beforeAnswer = () => gate.promise;
    const { id } = await server.submit();
    await server.reaches(id, "starting");
    expect(accepted(await server.supervisor.cancel(id, 1000)).state).toBe("stopping");
    gate.resolve();
    await eventually(() => server.engine.of(id).said.length > 0);
    expect(server.engine.of(id).said).toEqual(["stop cancel 1000 prolong"]);
    server.engine.of(id).end({ reason: "cancel" });
    await server.reaches(id, "cancelled");
    expect(server.statesOf(id)).toEqual(["queued", "starting", "stopping", "cancelled"]);
  });

  it("an ended or unknown job is refused", async () => {
    const { id, attempt } = await server.running();
    attempt.end();
    await server.reaches(id, "succeeded");
    expect(codeOf(await server.supervisor.cancel(id, null))).toBe("already_ended");
    expect(codeOf(await server.supervisor.cancel(99, null))).toBe("no_such_job");
  });

  it("a job that has left the state for which it was chosen leaves it alone", async () => {
    const { id, attempt } = await server.running();
    expect(codeOf(await server.supervisor.cancel(id, null, null, ["queued"]))).toBe(
      "not_allowed_now",
    );
    expect(codeOf(await server.supervisor.kill(id, null, ["queued", "held"]))).toBe(
      "not_allowed_now",
    );
    expect(attempt.said).toEqual([]);
    expect(accepted(await server.supervisor.show(id)).state).toBe("running");
    const chosen = accepted(await server.supervisor.kill(id, null, ["queued", "running"]));
    expect(chosen.state).toBe("stopping");
    attempt.end({ reason: "cancel" });
    await server.reaches(id, "cancelled");
  });
});
