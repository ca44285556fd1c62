import type { AttemptRow } from "../../store/rows.ts";
import type { Engine } from "../engine.ts";
import { describeEngine } from "./conformance.ts";
import { FakeCluster, FakeEngine } from "./fake-engine.ts";
import type { FakeLevers } from "./fake-levers.ts";
import { describeMachine } from "./machine-conformance.ts";

function stageOf<E extends Engine & FakeLevers>(engine: E) {
  engine.bootId = "boot-1";
  const attemptOf = (id: string) => {
    const attempt = engine.attempts.get(id);
    if (attempt === undefined) throw new Error(`${id} was never launched`);
    return attempt;
  };
  return {
    engine,
    bootId: "boot-1",
    command: () => ["true"],
    endMain: async ({ id }: AttemptRow, code: number) =>
      attemptOf(id).end({ main: { pid: 812, code, signal: null, core: false } }),
    async endAsAsked({ id }: AttemptRow) {
      const attempt = attemptOf(id);
      const [, reason = ""] = (attempt.said[0] ?? "").split(" ");
      attempt.end({ reason, main: { pid: 812, code: null, signal: 15, core: false } });
    },
    starts: async ({ id }: AttemptRow) => engine.attempts.get(id)?.starts ?? 0,
    killKeeper: async ({ id }: AttemptRow) => attemptOf(id).lose(),
    clear: async () => undefined,
    waits: {
      because: "Priority",
      hold: () => void (engine.waitsFor = "Priority"),
      start: async ({ id }: AttemptRow) => attemptOf(id).start(),
    },
  };
}

describeEngine("the fake of this machine", { waits: true }, async () => stageOf(new FakeEngine()));
describeEngine("the fake of a cluster", { waits: true }, async () => stageOf(new FakeCluster()));
describeMachine("the fake of this machine", async () => stageOf(new FakeEngine()));
