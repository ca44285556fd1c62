import type { Receipt } from "../../src/client/client.ts";
import type { Stopping } from "../../src/contract/stopping.ts";
import type { Ending } from "./observation.ts";

/**
 * `proven`: the kernel reported that nothing of the job lives, and the receipt says so without a
 * reservation. `named`: while a process lived that no signal ends, the job had not ended and named
 * it. `searched`: nothing was found and nothing lived, but this could not be proven; the receipt
 * says that. `not covered`: the reason is in the table.
 */
export type Verdict = "proven" | "named" | "searched" | "not covered" | "not run";

/** What a receipt claims on this tier. */
export function claimOf(receipt: Receipt): Verdict {
  const { proof, unproven, tier } = receipt;
  if (unproven.length > 0) {
    // How the main process ended is unknown, but which processes live is known.
    const lives = unproven.filter(({ what }) => what !== "how the main process ended");
    if (lives.length > 0) return "searched";
  }
  const group = tier === "cgroup" ? proof.populated === 0 : proof.populated === null;
  if (proof.kind === "keeper" && proof.echild === true && group) return "proven";
  if (proof.kind === "sweep" && proof.populated === 0) return "proven";
  // Without a group and without a reservation: the keeper's processes became children of the process that started it.
  if (proof.kind === "sweep" && tier === "subreaper") return "proven";
  return "not covered";
}

/** A false end must never happen, so the witness is asked first. */
export function verdictOf(ending: Ending, receipt: Receipt): Verdict {
  if (ending.living.length > 0)
    throw new Error(`a false end: ${ending.state}, and there lives ${ending.living.join(", ")}`);
  return claimOf(receipt);
}

export function names(stopping: Stopping, command: string): boolean {
  return stopping.survivors.some((survivor) => survivor.command === command);
}
