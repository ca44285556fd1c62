import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { accepted, codeOf, Supervised } from "../testing/supervised.ts";
import { eventually } from "../../system/eventually.ts";

let server: Supervised;

beforeEach(async () => {
  server = await Supervised.begin();
});

afterEach(() => server.end());

describe("a job that ended while no server ran", () => {
  it("ended when its keeper saw that, not when the next server reads it", async () => {
    const { id, attempt } = await server.running();
    server.supervisor.close();
    const emptyAtMs = server.clock.nowMs() + 1000;
    attempt.end({ times: server.emptyAt(emptyAtMs) });
    server.clock.advance(60_000);
    await server.start();
    expect(await server.reaches(id, "succeeded")).toMatchObject({
      endedAtMs: emptyAtMs,
      attempt: { endedAtMs: emptyAtMs },
    });
  });

  it("did not end before its start or after now, however the clock was set", async () => {
    const { id, attempt } = await server.running();
    const { startedAtMs } = accepted(await server.supervisor.show(id));
    attempt.end({ times: server.emptyAt(server.clock.nowMs() + 3_600_000) });
    const { endedAtMs } = await server.reaches(id, "succeeded");
    expect(endedAtMs).toBe(server.clock.nowMs());
    const second = await server.running();
    second.attempt.end({ times: server.emptyAt(1) });
    expect((await server.reaches(second.id, "succeeded")).endedAtMs).toBe(startedAtMs);
  });
});

describe("a server that starts again", () => {
  it("follows a running attempt on, and can cancel it", async () => {
    const { id, attempt } = await server.running();
    await server.restart();
    expect(accepted(await server.supervisor.show(id)).state).toBe("running");
    await server.supervisor.cancel(id, 5);
    await eventually(() => attempt.said.includes("stop cancel 5 prolong"));
    attempt.end({ reason: "cancel" });
    await server.reaches(id, "cancelled");
  });

  it("learns the outcome of a job that ended in between", async () => {
    const { id, attempt } = await server.running();
    server.supervisor.close();
    attempt.end({ main: { pid: 812, code: 7, signal: null, core: false } });
    await server.start();
    expect((await server.reaches(id, "failed")).outcome?.code).toBe(7);
  });

  it("passes on a request that the keeper never got", async () => {
    const { id, attempt } = await server.running();
    attempt.keeperAlive = false;
    server.supervisor.close();
    server.store.commitNow("starting", () => {
      server.requestStop(attempt, 1, 700);
      server.store.jobs.advance(id, "running", "stop", 1, { reason: "cancel" });
    });
    attempt.keeperAlive = true;
    await server.start();
    await eventually(() => attempt.said.includes("stop cancel 700"));
  });

  it("passes on a request to kill to a keeper that is already stopping, with a longer grace", async () => {
    const { id, attempt } = await server.running();
    attempt.report({ phase: "terminating", reason: "time_limit", kill_in_ms: 60_000 });
    await server.reaches(id, "stopping");
    server.supervisor.close();
    server.store.commitNow("cancel", () => server.requestStop(attempt, 1, 0));
    await server.start();
    await eventually(() => attempt.said.includes("stop cancel 0"));
  });

  it("passes on only those requests that the keeper has not heard, and prolongs nothing again", async () => {
    const { id, attempt } = await server.running();
    await server.supervisor.cancel(id, null);
    await server.supervisor.cancel(id, 300_000);
    server.supervisor.close();
    server.store.commitNow("cancel", () => server.requestStop(attempt, 3, 0));
    server.clock.setWallClock(server.clock.nowMs() + 86_400_000);
    await server.start();
    await eventually(() => attempt.said.includes("stop cancel 0"));
    expect(attempt.said).toEqual([
      "stop cancel 10000",
      "stop cancel 300000 prolong",
      "stop cancel 0",
    ]);
    await server.supervisor.cancel(id, 5000);
    expect(attempt.said.at(-1)).toBe("stop cancel 5000 prolong");
  });

  it("is not held up by a keeper that lives and does not answer", async () => {
    const { id, attempt } = await server.running();
    attempt.silent = true;
    await server.restart();
    expect((await server.supervisor.health()).status).toBe("ok");
    const other = await server.running();
    expect(accepted(await server.supervisor.show(id)).state).toBe("running");
    attempt.silent = false;
    server.clock.advance(60_000);
    await eventually(() => attempt.listener !== null);
    attempt.end();
    await server.reaches(id, "succeeded");
    other.attempt.end();
  });

  it("forgets no attempt because the machine would not say how it is", async () => {
    const { id, attempt } = await server.running();
    server.supervisor.close();
    attempt.end();
    server.engine.inspectErrors.push(
      Object.assign(new Error("too many open files"), { code: "EMFILE" }),
    );
    await server.start();
    expect((await server.supervisor.health()).status).toBe("ok");
    expect(accepted(await server.supervisor.show(id)).state).toBe("running");
    server.clock.advance(60_000);
    await server.reaches(id, "succeeded");
    expect(server.defects.splice(0)).toMatchObject([{ err: { code: "EMFILE" } }]);
  });

  it("calls an attempt of another boot lost, and signals nothing", async () => {
    const { id, attempt } = await server.running();
    attempt.keeperAlive = false;
    server.engine.sight = "restarted";
    await server.restart({ bootId: "boot-2" });
    expect(await server.reaches(id, "lost")).toMatchObject({ reason: "machine_restarted" });
    expect(server.engine.sweeps).toEqual([]);
    expect(accepted(await server.supervisor.receipt(id)).proof.kind).toBe("reboot");
  });

  it("accepts a person's declaration that a namespace has ended, and names that person", async () => {
    const { id, attempt } = await server.running();
    attempt.keeperAlive = false;
    server.engine.sight = "elsewhere";
    await server.restart();
    expect(accepted(await server.supervisor.show(id)).state).toBe("running");
    server.store.attempts.declareEnded([attempt.row.id], { uid: 1000, atMs: 1_790_000_000_000 });
    await server.restart();
    expect(await server.reaches(id, "lost")).toMatchObject({ reason: "namespace_ended" });
    const { proof, unproven, phases } = accepted(await server.supervisor.receipt(id));
    expect(proof.kind).toBe("declared");
    expect(proof.message).toMatch(/nothing observed it.*declared by uid 1000 at 2026-/);
    expect(unproven.map(({ what }) => what)).toContain("that no process of it lives");
    expect(phases.map(({ name }) => name)).not.toContain("nothing left");
    expect(server.engine.sweeps).toEqual([]);
  });

  it("follows a keeper that answers, whatever was declared", async () => {
    const { id, attempt } = await server.running();
    server.engine.sight = "elsewhere";
    server.store.attempts.declareEnded([attempt.row.id], { uid: 1000, atMs: 1 });
    await server.restart();
    expect(accepted(await server.supervisor.show(id)).state).toBe("running");
    attempt.end({ main: { pid: 812, code: 7, signal: null, core: false } });
    expect((await server.reaches(id, "failed")).outcome?.code).toBe(7);
  });

  it("catches up with an attempt whose start the store has lost, and does not run the job twice", async () => {
    await server.restart({ gpus: ["GPU-a"] });
    const { id, attempt } = await server.running({ gpus: 1 });
    server.supervisor.close();
    mkdirSync(join(server.folder, attempt.row.id));
    server.forgetStart(id);
    await server.start({ gpus: ["GPU-a"] });
    await server.reaches(id, "running");
    expect(server.engine.of(id)).toBe(attempt);
    const next = await server.submit({ gpus: 1 });
    await eventually(
      async () => accepted(await server.supervisor.show(next.id)).waiting?.code === "gpus",
    );
    attempt.end({ main: { pid: 812, code: 7, signal: null, core: false } });
    expect((await server.reaches(id, "failed")).outcome?.code).toBe(7);
    expect(server.defects).toEqual([]);
  });

  it("concludes an ended job although the store has lost that it ever started", async () => {
    const { id, attempt } = await server.running();
    server.supervisor.close();
    mkdirSync(join(server.folder, attempt.row.id));
    attempt.end({ main: { pid: 812, code: 7, signal: null, core: false } });
    server.forgetStart(id);
    await server.start();
    expect((await server.reaches(id, "failed")).outcome?.code).toBe(7);
    expect(server.engine.attempts.size).toBe(1);
  });

  it("gives an attempt to no job of another database that has its number, living or ended", async () => {
    const [lives, ended] = [await server.running(), await server.running()];
    server.supervisor.close();
    for (const { attempt } of [lives, ended]) mkdirSync(join(server.folder, attempt.row.id));
    ended.attempt.end({ main: { pid: 812, code: 7, signal: null, core: false } });
    for (const { id } of [lives, ended]) server.forgetStart(id, "UPDATE jobs SET uuid = 'another'");
    await server.start();
    for (const { id, attempt } of [lives, ended]) {
      await server.reaches(id, "running");
      const own = server.engine.of(id);
      expect(own.row.id).not.toBe(attempt.row.id);
      own.end();
      await server.reaches(id, "succeeded");
    }
    const said = (await server.supervisor.health()).warnings.join("\n");
    expect(said).toContain(`attempt of job ${ended.id} is not of the job that has this number`);
    expect(said).toContain("has not ended; it is left alone");
    expect(lives.attempt.said).toEqual([]);
    lives.attempt.end();
  });

  it("does not launch before it knows what runs", async () => {
    await server.restart({ maxRunning: 1 });
    const first = await server.running();
    const second = await server.submit();
    await server.restart({ maxRunning: 1 });
    expect(accepted(await server.supervisor.show(second.id)).state).toBe("queued");
    first.attempt.end();
    await server.reaches(second.id, "running");
  });
});

describe("a job that only its folder may know, while the server recovers", () => {
  it("is refused as recovering by every verb, and as unknown afterwards", async () => {
    await server.running();
    server.supervisor.close();
    const silent = Promise.withResolvers<null>();
    vi.spyOn(server.engine, "attach").mockReturnValueOnce(silent.promise);
    const recovered = server.start();
    const answers = async () => [
      await server.supervisor.show(99),
      await server.supervisor.attempts(99),
      await server.supervisor.receipt(99),
      await server.supervisor.processes(99),
      await server.supervisor.output(99, "stdout"),
      await server.select("99"),
      await server.select("name-of-it"),
      ...(await Promise.all([
        server.supervisor.cancel(99, null),
        server.supervisor.kill(99),
        server.supervisor.hold(99),
        server.supervisor.release(99),
        server.supervisor.pause(99),
        server.supervisor.resume(99),
        server.supervisor.retry(99),
        server.supervisor.remove(99),
      ])),
    ];
    expect(new Set((await answers()).map(codeOf))).toEqual(new Set(["recovering"]));
    silent.resolve(null);
    await recovered;
    expect(new Set((await answers()).map(codeOf))).toEqual(new Set(["no_such_job"]));
  });
});
