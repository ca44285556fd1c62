import { describeEngine } from "./conformance.ts";
import { FakeEngine } from "./fake-engine.ts";

describeEngine("the fake that the supervisor's tests run on", async () => {
  const engine = new FakeEngine();
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
    endMain: async ({ id }, code) =>
      attemptOf(id).end({ main: { pid: 812, code, signal: null, core: false } }),
    async endAsAsked({ id }) {
      const attempt = attemptOf(id);
      const [, reason = ""] = (attempt.said[0] ?? "").split(" ");
      attempt.end({ reason, main: { pid: 812, code: null, signal: 15, core: false } });
    },
    killKeeper: async ({ id }) => attemptOf(id).lose(),
    clear: async () => undefined,
  };
});
