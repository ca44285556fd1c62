import { expect, it } from "vitest";
import type { Client } from "../client/client.ts";
import { RefusalError, type Refusal } from "../contract/problems.ts";
import { FakeClock } from "../client/fake-clock.ts";
import { reachServer } from "./reach.ts";

const recovering: Refusal = { code: "recovering", details: {} };
const unknown: Refusal = { code: "no_such_job", details: { selector: 7 } };

/** A server that refuses for a while, and needs a tenth of a second for each answer. */
function refusingFor(ms: number, refusal: Refusal, progress: () => number | null = () => null) {
  const clock = new FakeClock(0);
  const said: string[] = [];
  const beganMs = clock.monotonicMs();
  const show = async () => {
    if (clock.monotonicMs() - beganMs >= ms) return { id: 7 };
    setImmediate(() => clock.advance(100));
    throw new RefusalError(refusal);
  };
  const connection = {
    socket: "",
    clock,
    progress,
    onWaiting: (text: string) => void said.push(text),
  };
  const client = { show } as unknown as Client;
  return { said, server: reachServer({ connection, client, start: null }) };
}

it("waits until a recovering server knows the job, and reports what it waits for", async () => {
  let ticks = 0;
  const { server, said } = refusingFor(20_000, recovering, () => (ticks += 1));
  expect(await server.show(7)).toEqual({ id: 7 });
  expect(said).toEqual([
    expect.stringMatching(/^waiting for the server to find its running jobs again, 5s so far/),
  ]);
});

it("gives up on a server that makes no progress", async () => {
  const { server } = refusingFor(60_000, recovering);
  await expect(server.show(7)).rejects.toMatchObject({ refusal: { code: "recovering" } });
});

it("does not wait for a job that a server does not have", async () => {
  const { server, said } = refusingFor(60_000, unknown);
  await expect(server.show(7)).rejects.toMatchObject({ refusal: { code: "no_such_job" } });
  expect(said).toEqual([]);
});

/** A server that is killed in the middle of its first answer, and another one after it was started. */
function killedOnce() {
  const clock = new FakeClock(0);
  let isUp = true;
  const asked: string[] = [];
  const verb = (name: string) => async () => {
    asked.push(name);
    if (asked.length === 1) {
      isUp = false;
      const cause = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
      throw new RefusalError({ code: "server_unreachable", details: { what: "cut" } }, { cause });
    }
    if (!isUp) throw new RefusalError({ code: "server_not_running", details: { socket: "" } });
    return { id: 7 };
  };
  const client = { show: verb("show"), cancel: verb("cancel") } as unknown as Client;
  const start = async () => {
    isUp = true;
  };
  return { asked, server: reachServer({ connection: { socket: "", clock }, client, start }) };
}

it("asks again for what changes nothing, where the server was killed in the middle of its answer", async () => {
  const { server, asked } = killedOnce();
  expect(await server.show(7)).toEqual({ id: 7 });
  expect(asked).toEqual(["show", "show", "show"]);
});

it("does not repeat a request that changes something: it may have been carried out", async () => {
  const { server, asked } = killedOnce();
  await expect(server.cancel(7)).rejects.toMatchObject({ refusal: { code: "server_unreachable" } });
  expect(asked).toEqual(["cancel"]);
});
