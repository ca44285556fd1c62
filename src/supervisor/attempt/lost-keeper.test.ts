import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { accepted, Supervised } from "../testing/supervised.ts";
import { eventually } from "../../system/eventually.ts";

let server: Supervised;

beforeEach(async () => {
  server = await Supervised.begin();
});

afterEach(() => server.end());

describe("a keeper that lives and cannot be reached", () => {
  it("is asked for its socket and, when a stop is wanted and that fails, asked to stop", async () => {
    const { id, attempt } = await server.running();
    attempt.silent = true;
    attempt.disconnect();
    await eventually(() => attempt.woken.length > 0);
    accepted(await server.supervisor.cancel(id, null));
    while (!attempt.woken.includes("stop")) {
      server.clock.advance(2000);
      await new Promise((resolve) => void setImmediate(resolve));
    }
    expect(attempt.woken.slice(0, 6)).toEqual(Array.from({ length: 6 }, () => "listen"));
    attempt.end({ reason: "shutdown" });
    server.clock.advance(60_000);
    expect(await server.reaches(id, "cancelled")).toMatchObject({ reason: "cancel" });
  });
});

describe("an attempt whose keeper does not continue", () => {
  it("reaches its followers within seconds, and so does the end of that", async () => {
    const { id, attempt } = await server.running();
    const messages: unknown[] = [];
    const unfollow = server.supervisor.subscribe(id, ({ type, data }) => {
      if (type === "live") messages.push(data["message"]);
    });
    const stopped = { part: "keeper", pid: 812, how: "stopped", tracer: null } as const;
    server.engine.held.set(server.store.jobs.get(id)?.attempt ?? "", stopped);
    server.clock.advance(1000);
    await eventually(() => messages.length === 1);
    server.clock.advance(1000);
    await eventually(() => messages.length === 2);
    expect(messages).toEqual([
      expect.stringMatching(/^its keeper \(pid 812\) .*first seen just now.*kill -CONT 812/),
      expect.stringContaining("first seen 1s ago"),
    ]);
    server.engine.held.clear();
    server.clock.advance(2000);
    await eventually(() => messages.length > 2);
    expect(messages.slice(2)).toEqual([null]);
    unfollow();
    attempt.end();
    await server.reaches(id, "succeeded");
  });
});

describe("an attempt whose keeper was killed", () => {
  const survivor = {
    identity: { pid: 900, start: 1, inode: 0 },
    comm: "python3",
    state: "R",
    ties: ["cgroup" as const],
  };

  it("is lost, and only when its survivors are gone", async () => {
    const { id, attempt } = await server.running();
    attempt.lose([survivor]);
    const stopping = await server.reaches(id, "stopping");
    expect(stopping.reason).toBe("keeper_lost");
    await eventually(
      async () => accepted(await server.supervisor.show(id)).stopping?.survivors[0]?.pid === 900,
    );
    attempt.survivors = [];
    server.clock.advance(60_000);
    const job = await server.reaches(id, "lost");
    expect(job.outcome).toEqual({ code: null, signal: null, reason: "keeper_lost", leftovers: 1 });
    expect(accepted(await server.supervisor.receipt(id)).processes).toMatchObject([
      { pid: 900, command: "python3", how: "kill", code: null, signal: null },
    ]);
  });

  it("names what the process that had started its keeper ended, with what it knows of each", async () => {
    const { id, attempt } = await server.running();
    attempt.endedOrphans = {
      listed: [
        { pid: 900, start: survivor.identity.start, comm: "python3", code: null, signal: 9 },
        { pid: 901, start: 7, comm: "sh", code: 3, signal: null },
      ],
      omitted: 2,
      keepers: 1,
    };
    attempt.lose([survivor]);
    await eventually(
      async () => accepted(await server.supervisor.show(id)).stopping?.survivors[0]?.pid === 900,
    );
    attempt.survivors = [];
    server.clock.advance(60_000);
    const { outcome } = await server.reaches(id, "lost");
    expect(outcome?.leftovers).toBe(4);
    expect(accepted(await server.supervisor.receipt(id))).toMatchObject({
      processes: [
        { pid: 900, how: "kill", signal: 9, statusUnknown: null },
        { pid: 901, command: "sh", how: "unknown", code: 3, aliveAtMs: null },
      ],
      processesOmitted: 2,
      processesMayLack: [expect.stringContaining("own parent")],
      ended: { kill: 1, unknown: 3 },
    });
  });

  it("does not claim what several killed keepers left", async () => {
    const { id, attempt } = await server.running();
    const listed = [{ pid: 950, start: 8, comm: "other", code: null, signal: 9 }];
    attempt.endedOrphans = { listed, omitted: 0, keepers: 2 };
    attempt.lose([]);
    server.clock.advance(60_000);
    await server.reaches(id, "lost");
    const { processes, processesMayLack } = accepted(await server.supervisor.receipt(id));
    expect(processes).toEqual([]);
    expect(processesMayLack).toContainEqual(expect.stringContaining("other killed keepers"));
  });

  it("whose survivors do not go is stuck, and says where they hang", async () => {
    const { id, attempt } = await server.running();
    server.engine.stacks.set(900, ["folio_wait_bit"]);
    attempt.lose([survivor]);
    await eventually(
      async () => accepted(await server.supervisor.show(id)).stopping?.survivors[0]?.pid === 900,
    );
    expect(accepted(await server.supervisor.show(id)).stopping?.stuck).toBe(false);
    while (accepted(await server.supervisor.show(id)).stopping?.survivors[0]?.stack === null) {
      server.clock.advance(1000);
      await new Promise((resolve) => void setImmediate(resolve));
    }
    expect(accepted(await server.supervisor.show(id)).stopping).toMatchObject({
      stuck: true,
      survivors: [{ pid: 900, stack: ["folio_wait_bit"] }],
    });
    attempt.survivors = [];
    server.clock.advance(60_000);
    await server.reaches(id, "lost");
  });

  it("names a survivor that may not be signalled, and what ends it", async () => {
    const { id, attempt } = await server.running();
    const obstacle = {
      kind: "other_user" as const,
      message: "a process of user 0, which user 1000 may not signal",
      remedy: "sudo kill -KILL 900",
    };
    server.engine.obstacles.set(900, obstacle);
    attempt.lose([survivor]);
    await eventually(
      async () =>
        accepted(await server.supervisor.show(id)).stopping?.survivors[0]?.denied === true,
    );
    while (accepted(await server.supervisor.show(id)).stopping?.survivors[0]?.obstacle === null) {
      server.clock.advance(1000);
      await new Promise((resolve) => void setImmediate(resolve));
    }
    expect(accepted(await server.supervisor.show(id)).stopping?.survivors[0]?.obstacle).toEqual(
      obstacle,
    );
    attempt.survivors = [];
    server.clock.advance(60_000);
    await server.reaches(id, "lost");
  });

  it("is followed again when only the connection broke", async () => {
    const { id, attempt } = await server.running();
    attempt.disconnect();
    await eventually(() => attempt.listener !== null);
    attempt.end();
    await server.reaches(id, "succeeded");
    expect(server.engine.sweeps).toEqual([]);
  });
});
