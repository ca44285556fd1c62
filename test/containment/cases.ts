import type { JobRequest, Receipt } from "../../src/client/client.ts";
import { untilLines } from "./observation.ts";
import { removeGroups } from "./own-groups.ts";
import type { Stage } from "./stage.ts";

/** A case that needs only a fixture: it runs as a job and is cancelled, or ends without a signal. */
export interface FixtureCase {
  case: string;
  title: string;
  fixture: string;
  args?: string[];
  request?: Partial<JobRequest>;
  endsItself?: true;
  needsRoot?: true;
  needsApptainer?: true;
  /** Checks what the receipt must say about it. */
  receipt: object;
  more?: (over: { stage: Stage; id: number; receipt: Receipt }) => Promise<void>;
}

const cancelled = { state: "cancelled", outcome: { reason: "cancel" } };
const exitedLeavingOne = {
  state: "succeeded",
  outcome: { code: 0, signal: null, reason: "exited", leftovers: 1 },
};

export const cases: FixtureCase[] = [
  {
    case: "1",
    title: "own session, empty environment, orphaned",
    fixture: "01-escapes-session",
    receipt: cancelled,
  },
  {
    case: "1",
    title: "a daemon that has closed every descriptor",
    fixture: "01-daemon",
    receipt: cancelled,
  },
  {
    case: "2",
    title: "TERM, INT and HUP ignored, over exec too",
    fixture: "02-ignores-term",
    receipt: cancelled,
    async more({ receipt }) {
      if (receipt.ended.kill === 0)
        throw new Error("the receipt has no process that was ended by KILL");
    },
  },
  {
    case: "3",
    title: "a stopped process hears TERM because CONT follows",
    fixture: "03-stopped",
    receipt: cancelled,
    async more({ stage, id }) {
      await untilLines(stage.server.connection, id, (lines) =>
        lines.includes("stopped child heard TERM"),
      );
    },
  },
  {
    case: "4",
    title: "a frozen cgroup",
    fixture: "04-frozen-cgroup",
    receipt: cancelled,
    more: async () => removeGroups("frozen-"),
  },
  { case: "6", title: "dead leader", fixture: "06-dead-leader", receipt: cancelled },
  {
    case: "8",
    title: "fork relay of 24 lineages",
    fixture: "08-fork-relay",
    args: ["20"],
    receipt: cancelled,
  },
  {
    case: "9",
    title: "fork bomb of 64 at a time",
    fixture: "09-fork-bomb",
    args: ["20"],
    receipt: cancelled,
  },
  {
    case: "10",
    title: "leader exits 0 and leaves a child",
    fixture: "10-leaves-child",
    endsItself: true,
    receipt: exitedLeavingOne,
  },
  {
    case: "11",
    title: "stdout held by a child after the leader's exit",
    fixture: "11-holds-stdout",
    endsItself: true,
    receipt: exitedLeavingOne,
  },
  { case: "12", title: "unreaped zombie", fixture: "12-zombie", receipt: cancelled },
  {
    case: "17",
    title: "other name, arguments, directory and environment",
    fixture: "17-disguised",
    receipt: cancelled,
  },
  {
    case: "18",
    title: "the job's own sub-groups",
    fixture: "18-sub-cgroups",
    receipt: cancelled,
    more: async () => removeGroups("sub-"),
  },
  { case: "20", title: "a PID namespace", fixture: "20-pid-namespace", receipt: cancelled },
  {
    case: "21",
    title: "Apptainer without --pid",
    fixture: "21-apptainer",
    needsApptainer: true,
    receipt: cancelled,
  },
  {
    case: "31",
    title: "kill -9 0",
    fixture: "31-kills-group",
    endsItself: true,
    receipt: {
      state: "failed",
      outcome: { code: null, signal: 9, reason: "exited", leftovers: 1 },
    },
  },
  {
    case: "31",
    title: "kill -9 -1 as another user",
    fixture: "31-kills-all",
    args: ["54321"],
    needsRoot: true,
    endsItself: true,
    // The kernel leaves out the caller, which then exits 0.
    receipt: { state: "succeeded", outcome: { code: 0, reason: "exited", leftovers: 0 } },
  },
  {
    case: "32",
    title: "a child dies with the thread that started it",
    fixture: "32-thread-pdeathsig",
    receipt: cancelled,
  },
  {
    case: "33",
    title: "a death signal asked for too late",
    fixture: "33-late-pdeathsig",
    receipt: cancelled,
  },
];
