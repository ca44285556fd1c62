import { describe, expect, it } from "vitest";
import type { AbandonedAttempt } from "../containment/abandoned.ts";
import type { ProcessIdentity } from "../contract/keeper.ts";
import { FakeClock } from "../system/fake-clock.ts";
import { stopAbandoned } from "./stop-abandoned.ts";

// Beyond the largest pid: nothing of this machine is looked up by it.
const pids = { keeper: 2 ** 22 + 1, payload: 2 ** 22 + 2 };
const process = (pid: number, comm: string) => ({
  pid,
  comm,
  state: "S",
  ppid: 1,
  processGroup: pid,
  session: pid,
  threads: 1,
  start: 5,
  cpuTicks: 0,
  argStart: 0,
});

/** `endsBy`: the signal that ends the payload, and its receiver. The keeper leaves when it is asked to with nothing left. */
function machine(endsBy: string | null, hasKeeper = true) {
  const clock = new FakeClock();
  const alive = new Set(hasKeeper ? [pids.keeper, pids.payload] : [pids.payload]);
  const sent: string[] = [];
  const attempt: AbandonedAttempt = {
    attempt: "a",
    job: 7,
    keeper: process(pids.keeper, "holdfast-keeper"),
    members: [process(pids.payload, "python3")],
    stateDir: "/state",
    movedTo: null,
  };
  const signals = {
    identify: (asked: readonly number[]) =>
      Promise.resolve(asked.map((pid) => (alive.has(pid) ? { pid, start: 5, inode: 1 } : null))),
    send: (_boot: string, identities: readonly ProcessIdentity[], signal: number) => {
      for (const { pid } of identities) {
        const word = `${signal} ${pid === pids.keeper ? "keeper" : "payload"}`;
        sent.push(word);
        const isOver = !alive.has(pids.payload);
        if (word === endsBy) alive.delete(pids.payload);
        if (word === "9 keeper" || (word === "15 keeper" && isOver)) alive.delete(pids.keeper);
      }
      // The wait for the next search sees time pass.
      setImmediate(() => clock.advance(1000));
      return Promise.resolve(identities.map(() => "sent" as const));
    },
  };
  const find = () => {
    setImmediate(() => clock.advance(1000));
    const members = attempt.members.filter(({ pid }) => alive.has(pid));
    const keeper = alive.has(pids.keeper) ? attempt.keeper : null;
    return members.length === 0 && keeper === null ? [] : [{ ...attempt, keeper, members }];
  };
  const options = { find, signals, clock, dryRun: false, graceMs: 5000, timeoutMs: 20_000 };
  return { options, sent };
}

describe("stopping what lives of a state folder that is gone", () => {
  it("asks the keeper, and lets it go when nothing is left", async () => {
    const { options, sent } = machine("15 keeper");
    expect(await stopAbandoned(options)).toMatchObject([
      { job: 7, did: "stopped by its keeper", left: [] },
    ]);
    expect(sent.filter((word) => word !== "18 keeper")).toEqual(["15 keeper", "15 keeper"]);
  });

  it("sends SIGKILL to the members after the grace, and not before", async () => {
    const { options, sent } = machine("9 payload");
    expect(await stopAbandoned(options)).toMatchObject([{ left: [] }]);
    expect(sent.indexOf("9 payload")).toBeGreaterThan(sent.indexOf("15 keeper"));
  });

  it("ends the members itself where no keeper lives", async () => {
    const { options, sent } = machine("9 payload", false);
    expect(await stopAbandoned(options)).toMatchObject([{ did: "stopped without its keeper" }]);
    expect(sent).toEqual(["9 payload"]);
  });

  it("names what lives after all timeouts", async () => {
    const { options } = machine(null);
    expect(await stopAbandoned(options)).toMatchObject([
      { did: "still lives", left: [{ pid: pids.payload, command: "python3" }] },
    ]);
  });

  it("signals nothing in a dry run, nor what belongs to a folder that was moved", async () => {
    const { options, sent } = machine("15 keeper");
    expect(await stopAbandoned({ ...options, dryRun: true })).toMatchObject([
      { did: "would be stopped" },
    ]);
    const movedTo = "/elsewhere";
    const find = () => options.find().map((one) => Object.assign(one, { movedTo }));
    expect(await stopAbandoned({ ...options, find })).toMatchObject([
      { did: "its state folder was moved", stateDir: "/elsewhere" },
    ]);
    expect(sent).toEqual([]);
  });
});
