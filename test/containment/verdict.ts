import type { Receipt } from "../../src/client/client.ts";
import type { Stopping } from "../../src/contract/job.ts";
import type { Ending } from "./observation.ts";

/**
 * `proven`: the kernel said that nothing of the job lives, and the receipt says so without a
 * reservation. `named`: while something lived that no signal ends, the job was not over and named
 * it. `searched`: nothing was found and nothing lived, but nobody could vouch for it; the receipt
 * says that. `not covered`: see the words beside it.
 */
export type Verdict = "proven" | "named" | "searched" | "not covered" | "not run";

/** What a receipt claims, held against the tier. */
export function claimOf(receipt: Receipt): Verdict {
  const { proof, unproven, tier } = receipt;
  if (unproven.length > 0) {
    // How the main process ended is unknown, but who lives is not.
    const lives = unproven.filter(({ what }) => what !== "how the main process ended");
    if (lives.length > 0) return "searched";
  }
  const group = tier === "cgroup" ? proof.populated === 0 : proof.populated === null;
  if (proof.kind === "keeper" && proof.echild === true && group) return "proven";
  if (proof.kind === "sweep" && proof.populated === 0) return "proven";
  // Without a group and without a reservation: what the keeper left fell to the process that had started it.
  if (proof.kind === "sweep" && tier === "subreaper") return "proven";
  return "not covered";
}

/** A false end is the one thing that must never happen: the witness is asked before anything else. */
export function verdictOf(ending: Ending, receipt: Receipt): Verdict {
  if (ending.living.length > 0)
    throw new Error(`a false end: ${ending.state}, and there lives ${ending.living.join(", ")}`);
  return claimOf(receipt);
}

export function names(stopping: Stopping, command: string): boolean {
  return stopping.survivors.some((survivor) => survivor.command === command);
}
