import colors from "picocolors";
import type { Job } from "../../contract/job.ts";
import { colourOf, stateWords } from "./states.ts";

/** Colours, or the same functions without them. */
export type Style = ReturnType<typeof colors.createColors>;

export function styleFor(coloured: boolean): Style {
  return colors.createColors(coloured);
}

/** The state's name in the colour that it has everywhere. */
export function stateText(style: Style, state: Job["state"]): string {
  return style[colourOf(state)](stateWords(state));
}
