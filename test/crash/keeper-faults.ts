import { expect } from "vitest";
import type { Findings } from "./crash-stage.ts";
import { ownCode, type PayloadName } from "./payloads.ts";

/**
 * What follows from a fault at a keeper's failpoint, by how far the attempt had come. `unclaimed`:
 * nothing can have run. `claimed`: nothing has run, but that can no longer be found out. `running`:
 * it may have run; how it ended is unknown. `recorded`: the exit record has the end. `stopping`: as
 * `running`, during a cancellation. `probe`: a step that can be refused and done in another way, or
 * retried; the program's other commands pass it too, so nothing is killed there.
 */
type Stage = "unclaimed" | "claimed" | "running" | "recorded" | "stopping" | "probe";

interface KeeperPoint {
  stage: Stage;
  payload?: PayloadName;
  /** Errors that the step can meet, and what they lead to; a count ends them. */
  errors?: Record<string, Expected>;
}

type Expected = (findings: Findings) => void;

const endedByItself: Expected = ({ state, outcome, runs, receipt }) => {
  expect({ state, code: outcome?.code, runs }).toEqual({ state: "failed", code: ownCode, runs: 1 });
  expect(receipt.proof.kind).toBe("keeper");
};
const neverStarted: Expected = ({ state, outcome, runs }) => {
  expect({ state, reason: outcome?.reason, code: outcome?.code, runs }).toEqual({
    state: "failed",
    reason: "launch_failed",
    code: null,
    runs: 0,
  });
};
const cancelled: Expected = ({ state, runs, receipt }) => {
  expect({ state, runs }).toEqual({ state: "cancelled", runs: 1 });
  expect(receipt.proof.kind).toBe("keeper");
};
const lost =
  (runs: number[]): Expected =>
  (findings) => {
    const { state, outcome, receipt } = findings;
    expect({ state, code: outcome?.code, signal: outcome?.signal }).toEqual({
      state: "lost",
      code: null,
      signal: null,
    });
    expect(runs).toContain(findings.runs);
    expect(receipt.unproven.map(({ what }) => what)).toContain("how the main process ended");
  };

/** What is true in the end when the keeper was killed at a point. */
export function afterKill({ stage }: KeeperPoint): Expected {
  switch (stage) {
    case "unclaimed":
    case "recorded":
      return endedByItself;
    case "claimed":
      return lost([0]);
    case "running":
      return lost([0, 1]);
    case "stopping":
      return lost([1]);
    case "probe":
      throw new Error("no process is killed there");
  }
}

/** What is true in the end when the keeper stopped itself there, the server was killed, and the keeper continued. */
export function afterStall({ stage }: KeeperPoint): Expected {
  return stage === "stopping" || stage === "probe" ? cancelled : endedByItself;
}

export const isCancelled = ({ stage }: KeeperPoint) => stage === "stopping" || stage === "probe";

const room = { ENOSPC: endedByItself, EIO: neverStarted };

/** Every failpoint of the keeper. A failpoint that is missing here fails the tests. */
export const keeperFaults: Record<string, KeeperPoint> = {
  spawn: { stage: "unclaimed", errors: { EAGAIN: endedByItself, EPERM: neverStarted } },
  start: { stage: "unclaimed" },
  folder_opened: { stage: "unclaimed" },
  output_opened: { stage: "unclaimed" },
  socket_bind: { stage: "unclaimed", errors: { ENOSPC: endedByItself, EACCES: neverStarted } },
  fork: { stage: "unclaimed", errors: { EAGAIN: endedByItself, ENOMEM: endedByItself } },
  forked: { stage: "unclaimed" },
  claim_write: { stage: "unclaimed", errors: room },
  claim_temporary: { stage: "unclaimed" },
  claim_link: { stage: "unclaimed", errors: room },
  folder_sync: { stage: "claimed", errors: { EIO: neverStarted } },
  claim_linked: { stage: "claimed" },
  socket: { stage: "claimed" },
  gate_opened: { stage: "running" },
  answered: { stage: "running" },
  main_ended: { stage: "running" },
  stop_wanted: { stage: "stopping", payload: "tree" },
  inspected: { stage: "stopping", payload: "tree" },
  term_sent: { stage: "stopping", payload: "tree" },
  kill_sent: { stage: "stopping", payload: "stubborn" },
  pidfd: { stage: "probe", errors: { "EMFILE:2": cancelled } },
  searched: { stage: "probe" },
  children_file: { stage: "probe", errors: { ENOENT: cancelled } },
  empty: { stage: "running" },
  exit_write: {
    stage: "running",
    errors: { "ENOSPC:3": endedByItself, "EIO:3": endedByItself },
  },
  exit_temporary: { stage: "running" },
  exit_renamed: { stage: "recorded" },
  before_leave: { stage: "recorded" },
};
