import { counted } from "./counted.ts";
import { shellWord } from "./shell-word.ts";

/** Attempts that live although the state folder with their records is gone. Separate from the schemas, which the command line does not load. */
export interface AbandonedSummary {
  stateDir: string;
  /** Where that folder is now; null: it was removed. */
  movedTo: string | null;
  attempts: number;
  processes: number;
}

export function abandonedMessage({
  stateDir,
  movedTo,
  attempts,
  processes,
}: AbandonedSummary): string {
  const count = `${counted(processes, "process", "processes")} of ${counted(attempts, "attempt", "attempts")}`;
  const verb = processes === 1 ? "runs" : "run";
  return movedTo === null
    ? `${count} of a state folder that is gone (${stateDir}) still ${verb}; holdfast emergency-stop --all stops them`
    : `${count} of the state folder that was moved from ${stateDir} to ${movedTo} still ${verb}; HOLDFAST_STATE_DIR=${shellWord(movedTo)} holdfast ls shows them`;
}

/** The message of a server whose state folder is no longer in its place. */
export function folderGoneMessage(path: string, what: "removed" | "replaced"): string {
  return `the state folder ${path} was ${what} while this server runs: jobs can be shown and cancelled, nothing is accepted or started, and what is recorded is lost when this server ends`;
}
