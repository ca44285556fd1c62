/** What a person who follows a job has requested with Ctrl+C. */
export type Stage = "following" | "asking" | "stopping" | "detached";
export type Act = "ask" | "cancel" | "kill" | "detach" | "continue";

export interface Step {
  stage: Stage;
  act: Act | null;
}

const ctrlC = "\u0003";

/**
 * The first Ctrl+C asks on a terminal and cancels elsewhere; the second cancels; another one while
 * the job stops cuts the grace period short.
 */
export function onInterrupt(stage: Stage, canAsk: boolean): Step {
  switch (stage) {
    case "following":
      return canAsk ? { stage: "asking", act: "ask" } : { stage: "stopping", act: "cancel" };
    case "asking":
      return { stage: "stopping", act: "cancel" };
    case "stopping":
      return { stage: "stopping", act: "kill" };
    default:
      return { stage, act: null };
  }
}

/** The answer to the question; with any other key the command continues. */
export function onKey(stage: Stage, key: string): Step {
  if (stage !== "asking") return { stage, act: null };
  switch (key) {
    case "d":
    case "D":
      return { stage: "detached", act: "detach" };
    case "c":
    case "C":
    case ctrlC:
      return { stage: "stopping", act: "cancel" };
    case "k":
    case "K":
      return { stage: "stopping", act: "kill" };
    default:
      return { stage: "following", act: "continue" };
  }
}

/** SIGTERM or SIGHUP to the follower does not affect the job. */
export function onHangUp(): Step {
  return { stage: "detached", act: "detach" };
}
