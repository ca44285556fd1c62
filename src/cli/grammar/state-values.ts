import type { Job } from "../../contract/job.ts";
import { stateNames } from "../format/states.ts";
import { nearest } from "./nearest.ts";
import type { Arguments } from "./parse.ts";
import { usageError } from "./usage-error.ts";

type State = Job["state"];

/** What `--state` names: repeated, or with commas. Empty: it was not given. Throws RefusalError `usage`. */
export function stateValues(args: Arguments): State[] {
  return args
    .values("--state")
    .flatMap((text) => text.split(","))
    .map(readState);
}

function readState(text: string): State {
  const state = stateNames.find((name) => name === text.replace(" ", "_"));
  if (state !== undefined) return state;
  const meant = nearest(text, stateNames);
  const known = `The states are ${stateNames.join(", ")}`;
  throw usageError(
    `There is no state ${text}`,
    meant === null ? known : `Did you mean ${meant}? ${known}`,
  );
}
