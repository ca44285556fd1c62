import { describe, expect, it } from "vitest";
import type { Client } from "../client/client.ts";
import { RefusalError } from "../contract/problems.ts";
import type { Context, ServerProcess } from "./context.ts";
import { stopServer } from "./server-control.ts";
import { FakeCommandLine } from "./testing/fake-context.ts";

const unreachable = () =>
  Promise.reject(new RefusalError({ code: "server_unreachable", details: { what: "no answer" } }));

/** Stops a server that does not answer; `holder` returns the process that holds its lock, `diesOf` is the signal that ends it. */
function stopHung(
  holder: (sent: string[]) => number | null,
  diesOf: "TERM" | "KILL",
  { ticksASecond = 0, endsAfterMs = Infinity } = {},
) {
  const line = new FakeCommandLine();
  const sent: string[] = [];
  const serverProcess: Partial<ServerProcess> = {
    client: { health: unreachable } as unknown as Client,
    holder: () => holder(sent),
    terminate: (pid) => void sent.push(`TERM ${pid}`),
    kill: (pid) => void sent.push(`KILL ${pid}`),
    isAlive: (pid) => {
      // Time passes between two requests.
      setImmediate(() => line.clock.advance(1000));
      const isEnding = sent.includes("TERM 812") && line.clock.monotonicMs() >= endsAfterMs;
      return !isEnding && !sent.includes(`${diesOf} ${pid}`);
    },
    work: () => Math.floor((line.clock.monotonicMs() / 1000) * ticksASecond),
  };
  const context = { ...line.context(), serverProcess } as unknown as Context;
  return { stopped: stopServer(context), sent, line };
}

describe("stopping a server that cannot be reached", () => {
  const absent = () =>
    Promise.reject(
      new RefusalError({ code: "server_not_running", details: { socket: "/run/server.sock" } }),
    );
  const stop = (holder: number | null) => {
    const sent: number[] = [];
    const serverProcess: Partial<ServerProcess> = {
      client: { health: absent } as unknown as Client,
      holder: () => (sent.length === 0 ? holder : null),
      serverHolder: () => holder,
      terminate: (pid) => void sent.push(pid),
      isAlive: () => false,
      work: () => null,
    };
    const context = { ...new FakeCommandLine().context(), serverProcess } as unknown as Context;
    return { stopped: stopServer(context), sent };
  };

  it("finds it by its lock if its socket was removed", async () => {
    const { stopped, sent } = stop(812);
    expect(await stopped).toBe(812);
    expect(sent).toEqual([812]);
  });

  it("finds none where no server holds the lock", async () => {
    const { stopped, sent } = stop(null);
    expect(await stopped).toBeNull();
    expect(sent).toEqual([]);
  });
});

describe("stopping a server that does not answer", () => {
  it("finds it by its lock and asks it to end", async () => {
    const { stopped, sent } = stopHung((signals) => (signals.length === 0 ? 812 : null), "TERM");
    expect(await stopped).toBe(812);
    expect(sent).toEqual(["TERM 812"]);
  });

  it("kills it when it does not end, and reports that", async () => {
    const { stopped, sent, line } = stopHung(
      (signals) => (signals.includes("KILL 812") ? null : 812),
      "KILL",
    );
    expect(await stopped).toBe(812);
    expect(sent).toEqual(["TERM 812", "KILL 812"]);
    expect(line.messages.text).toContain("jobs continue");
  });

  it("waits and reports while it works, however busy the machine is", async () => {
    const slow = { ticksASecond: 2, endsAfterMs: 300_000 };
    const { stopped, sent, line } = stopHung(
      (signals) => (signals.length === 0 ? 812 : null),
      "KILL",
      slow,
    );
    expect(await stopped).toBe(812);
    expect(sent).toEqual(["TERM 812"]);
    expect(line.messages.text).toContain("waiting for the server (pid 812) to end, 5s so far");
  });

  it("kills a server that spins", async () => {
    const { stopped, sent } = stopHung(
      (signals) => (signals.includes("KILL 812") ? null : 812),
      "KILL",
      {
        ticksASecond: 100,
      },
    );
    expect(await stopped).toBe(812);
    expect(sent).toEqual(["TERM 812", "KILL 812"]);
  });

  it("does not kill a process that no longer holds the lock", async () => {
    const holders = [812, null];
    const { stopped, sent } = stopHung(() => holders.shift() ?? null, "KILL");
    await expect(stopped).rejects.toMatchObject({ refusal: { code: "server_unreachable" } });
    expect(sent).toEqual(["TERM 812"]);
  });

  it("waits until it has let go of its lock, also when it is a zombie already", async () => {
    let polls = 0;
    const { stopped } = stopHung(
      (signals) => (signals.length === 0 || ++polls < 3 ? 812 : null),
      "TERM",
    );
    expect(await stopped).toBe(812);
    expect(polls).toBe(3);
  });

  it("signals no process if no holder is known", async () => {
    const { stopped, sent } = stopHung(() => null, "TERM");
    await expect(stopped).rejects.toMatchObject({ refusal: { code: "server_unreachable" } });
    expect(sent).toEqual([]);
  });
});
