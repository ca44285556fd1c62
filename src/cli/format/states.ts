import type { Job } from "../../contract/job.ts";
import type { Colour } from "./colours.ts";
import type { Painted } from "./page.ts";

type State = Job["state"];

/** How each state is shown, and whether it is the end. */
const shown = {
  queued: { ended: false, colour: "dim" },
  held: { ended: false, colour: "dim" },
  starting: { ended: false, colour: "cyan" },
  running: { ended: false, colour: "cyan" },
  paused: { ended: false, colour: "yellow" },
  stopping: { ended: false, colour: "yellow" },
  succeeded: { ended: true, colour: "green" },
  failed: { ended: true, colour: "red" },
  cancelled: { ended: true, colour: "magenta" },
  timed_out: { ended: true, colour: "red" },
  lost: { ended: true, colour: "red" },
} as const satisfies Record<State, { ended: boolean; colour: Colour }>;

export const stateNames = Object.keys(shown) as State[];
export const endedStates = stateNames.filter((state) => shown[state].ended);
export const liveStates = stateNames.filter((state) => !shown[state].ended);

export function hasEnded(job: Pick<Job, "state">): boolean {
  return shown[job.state].ended;
}

export function colourOf(state: State): Colour {
  return shown[state].colour;
}

/** `timed out` */
export function describeState(state: State): string {
  return state.replace("_", " ");
}

/** The state's name in the colour that it has everywhere. */
export function stateSpan(state: State): Painted {
  return { text: describeState(state), styles: [colourOf(state)] };
}
