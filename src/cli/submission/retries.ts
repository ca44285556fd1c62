import type { JobRequest } from "../../client/client.ts";
import { retryCauses, type RetryCause } from "../../contract/retry-causes.ts";
import type { Arguments } from "../grammar/parse.ts";
import { usageError } from "../grammar/usage-error.ts";
import { durationValue, wholeValue } from "../grammar/values.ts";
import { defined } from "./defined.ts";

type Retries = NonNullable<JobRequest["retries"]>;

/** The retries of the command line; undefined if it has none. Throws RefusalError `usage`. */
export function retriesOf(args: Arguments): Retries | undefined {
  const max = wholeValue(args, "--retries", 0);
  if (max === undefined) {
    for (const long of ["--retry-on", "--retry-delay"])
      if (args.has(long))
        throw usageError(`${long} without --retries does nothing`, "Add --retries 3");
    return undefined;
  }
  return {
    max,
    ...(args.has("--retry-on") ? { on: args.values("--retry-on").flatMap(causes) } : {}),
    ...defined("delayMs", durationValue(args, "--retry-delay")),
  };
}

function causes(text: string): RetryCause[] {
  return text.split(",").map((word) => {
    const cause = retryCauses.find((known) => known === word);
    if (cause === undefined)
      throw usageError(
        `--retry-on ${word} is not known`,
        `Use one or more of: ${retryCauses.join(", ")}`,
      );
    return cause;
  });
}
