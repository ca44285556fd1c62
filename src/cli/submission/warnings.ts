import type { Job } from "../../client/client.ts";
import { describeLimit } from "../format/limits.ts";
import { printable } from "../format/printable.ts";
import type { Screen } from "../terminal/screen.ts";

/** Warns of limits that are not applied. */
export async function warnOfLimits(screen: Pick<Screen, "say">, job: Job): Promise<void> {
  for (const limit of job.limits)
    if (limit.how === "not applied")
      await screen.say(`warning: ${printable(describeLimit(limit))}`);
}
