import { join } from "node:path";
import { expect } from "vitest";
import type { JobRequest, Receipt } from "../../src/client/client.ts";
import type { State } from "../../src/job/states.ts";
import { libraryOf } from "../gpu/stub.ts";
import { ownCode } from "./payloads.ts";
import type { CrashStage, Findings } from "./crash-stage.ts";

/** One way to bring a job to a step. */
export interface Scenario {
  /** Settings of every server. */
  settings?: NodeJS.ProcessEnv;
  /** Of the server that will be hit alone. */
  env?: NodeJS.ProcessEnv;
  /** Before the server that will be hit is started: another one has run until then. */
  before?: (stage: CrashStage) => Promise<void>;
  beforeEnv?: NodeJS.ProcessEnv;
  /** What the client does at the server that will be hit. */
  drive: (stage: CrashStage) => Promise<void>;
  /** What it does at the next one, whether or not its last request was answered. */
  after?: (stage: CrashStage) => Promise<void>;
  /** What then has to be true. Null: the job is gone, with everything that was there of it. */
  expected: ((findings: Findings) => void) | null;
}

const endedByItself = ({ state, outcome, runs, receipt }: Findings) => {
  expect({ state, code: outcome?.code, runs }).toEqual({ state: "failed", code: ownCode, runs: 1 });
  expect(receipt.proof).toMatchObject({ kind: "keeper", echild: true });
};

const retries: JobRequest["retries"] = { max: 1, on: ["failed", "keeper_lost"], delayMs: 0 };

const ranTwice =
  (firstEnd: State, firstProof: Receipt["proof"]["kind"]) =>
  ({ state, outcome, runs, receipt, attempts }: Findings) => {
    expect({ state, code: outcome?.code, runs }).toEqual({
      state: "failed",
      code: ownCode,
      runs: 2,
    });
    expect(receipt.proof).toMatchObject({ kind: "keeper", echild: true });
    expect(attempts.map(({ state: end, proof }) => [end, proof.kind])).toEqual([
      [firstEnd, firstProof],
      ["failed", "keeper"],
    ]);
  };

const cancelled = ({ state, outcome, runs, receipt }: Findings) => {
  expect(state).toBe("cancelled");
  expect(outcome?.reason).toBe("cancel");
  // The request can come before the launch is repeated.
  if (receipt.proof.kind === "never started") return expect(runs).toBe(0);
  expect(runs).toBe(1);
  expect(receipt.ended.term + receipt.ended.kill).toBeGreaterThan(0);
};

/** It may be recorded already, also by a server that did not live to say so. */
const cancel = (stage: CrashStage) => stage.steer("cancel");

export const scenarios = {
  run: { drive: (stage) => stage.submit("short"), expected: endedByItself },
  cancel: {
    drive: async (stage) => {
      await stage.submit("tree");
      await stage.ready();
      await cancel(stage);
    },
    after: cancel,
    expected: cancelled,
  },
  /** Fails twice: it is to be tried again once, and not a third time. */
  again: {
    drive: (stage) => stage.submit("short", { retries }),
    expected: ranTwice("failed", "keeper"),
  },
  keeperKilledAgain: {
    drive: async (stage) => {
      await stage.submit("resuming", { retries });
      await stage.ready();
      await stage.killKeeper();
    },
    expected: ranTwice("lost", "sweep"),
  },
  /** A driver's library without a driver says that there is a GPU. */
  gpu: {
    settings: {
      HOLDFAST_GPUS_LIBRARY: libraryOf("whole"),
      NVML_STUB: join(import.meta.dirname, "one-gpu.script"),
    },
    drive: async (stage) => {
      await stage.submit("tree", { gpus: 1 });
      await stage.ready();
    },
    after: cancel,
    expected: cancelled,
  },
  /** The first check for history to remove runs a second after the start, and finds nothing. */
  keeping: {
    settings: { HOLDFAST_HISTORY_KEEP_FOR: "30d" },
    drive: (stage) => stage.submit("short"),
    expected: endedByItself,
  },
  hold: {
    drive: async (stage) => {
      await stage.submit("short", { held: true });
      await stage.steer("hold");
    },
    after: (stage) => stage.steer("release"),
    expected: endedByItself,
  },
  release: {
    drive: async (stage) => {
      await stage.submit("short", { held: true });
      await stage.steer("release");
    },
    after: (stage) => stage.steer("release"),
    expected: endedByItself,
  },
  pause: {
    drive: async (stage) => {
      await stage.submit("tree");
      await stage.ready();
      await stage.steer("pause");
      await stage.steer("resume");
    },
    after: cancel,
    expected: cancelled,
  },
  leftovers: {
    drive: (stage) => stage.submit("leaver"),
    expected: ({ state, outcome, runs, receipt }) => {
      expect({ state, runs }).toEqual({ state: "succeeded", runs: 1 });
      expect(outcome).toMatchObject({ code: 0, reason: "exited", leftovers: 1 });
      expect(receipt.proof.kind).toBe("keeper");
    },
  },
  keeperKilled: {
    drive: async (stage) => {
      await stage.submit("tree");
      await stage.ready();
      await stage.killKeeper();
    },
    expected: ({ state, outcome, runs, receipt }) => {
      expect({ state, code: outcome?.code, runs }).toEqual({ state: "lost", code: null, runs: 1 });
      expect(receipt.proof).toMatchObject({ kind: "sweep", populated: 0 });
    },
  },
  /** The program that starts keepers ends at once: it is unknown whether something was started. */
  noAnswer: {
    env: { HOLDFAST_KEEPER: "/bin/false" },
    drive: (stage) => stage.submit("short"),
    expected: endedByItself,
  },
  /** A folder that the store does not know, because a server was hit before it said so. */
  prepared: {
    before: (stage) => stage.submit("short"),
    beforeEnv: { HOLDFAST_FAILPOINTS: "starting.inside=kill" },
    drive: async () => undefined,
    expected: endedByItself,
  },
  /** A server that finds a running job again is hit while it does. */
  restart: {
    before: async (stage) => {
      await stage.submit("tree");
      await stage.ready();
    },
    drive: async () => undefined,
    after: cancel,
    expected: cancelled,
  },
  /** The same, with a job that ended while no server was there. */
  endedMeanwhile: {
    before: async (stage) => {
      await stage.submit("tree");
      await stage.ready();
      await stage.server.kill();
      await stage.endPayload();
    },
    drive: async () => undefined,
    expected: ({ state, outcome, runs }) => {
      expect({ state, runs }).toEqual({ state: "failed", runs: 1 });
      expect(outcome).toMatchObject({ code: null, signal: 9, reason: "exited" });
    },
  },
  remove: {
    drive: async (stage) => {
      await stage.submit("short");
      await stage.ended();
      await stage.steer("remove");
    },
    after: (stage) => stage.steer("remove"),
    expected: null,
  },
} satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof scenarios;

const none = new Map<string, string>([
  ["secrets", "once for a store, before its server does anything else; the next start repeats it"],
  ["contained", "only where the kernel refuses a limit that it was expected to take"],
]);

/** Which scenarios lead past a failpoint; null for a failpoint that none can reach here. */
export function scenariosFor(point: string): ScenarioName[] | null {
  const step = point.replace(/\.(before|inside|after)$/, "");
  return none.has(step) ? null : (reaching[step] ?? reaching[point] ?? []);
}

const reaching: Record<string, ScenarioName[]> = {
  submit: ["run"],
  cancel: ["cancel"],
  hold: ["hold"],
  release: ["release"],
  starting: ["run"],
  // Not `run`: a job may have ended before it is reported as running.
  running: ["cancel"],
  paused: ["pause"],
  resumed: ["pause"],
  stopping: ["leftovers"],
  distrusted: ["keeperKilled"],
  sweeping: ["keeperKilled"],
  end: ["run", "cancel", "keeperKilled", "endedMeanwhile"],
  again: ["again", "keeperKilledAgain"],
  unlaunched: ["noAnswer"],
  remove: ["remove"],
  "gpu-seen": ["gpu"],
  "passed-time": ["keeping"],
  "engine.prepare": ["run"],
  "engine.flush": ["run"],
  "engine.contain": ["run"],
  "engine.launch": ["run", "cancel"],
  "engine.attach": ["run", "restart"],
  "engine.observe": ["noAnswer", "endedMeanwhile"],
  "engine.readClaim": ["cancel"],
  "engine.recall": ["prepared"],
  "engine.void": ["noAnswer"],
  "engine.sweep": ["keeperKilled"],
  "engine.releaseGroup": ["keeperKilled"],
  "engine.discard": ["remove", "noAnswer"],
  "folder.made": ["run"],
  "group.made": ["run"],
  "claim.temporary": ["noAnswer"],
  "claim.linked": ["noAnswer"],
  "spawner.start": ["restart"],
};
