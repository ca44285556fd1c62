import type { JobRequest } from "../../client/client.ts";
import type { Arguments } from "../grammar/parse.ts";
import { decimalValue, sizeValue, wholeValue } from "../grammar/values.ts";
import { defined } from "./defined.ts";

/** What the command line says about resources; undefined when it says nothing. */
export function limitsOf(args: Arguments): JobRequest["limits"] | undefined {
  const limits = {
    ...defined("memoryMaxBytes", zeroIsNone(sizeValue(args, "--memory"))),
    ...defined("memoryHighBytes", zeroIsNone(sizeValue(args, "--memory-high"))),
    // Here 0 is a limit: no swap at all.
    ...defined("swapMaxBytes", sizeValue(args, "--swap")),
    ...defined("cpuCores", decimalValue(args, "--cpu", "1.5")),
    ...defined("cpuWeight", wholeValue(args, "--cpu-weight", 1)),
    ...defined("pidsMax", wholeValue(args, "--pids", 1)),
    ...defined("ioWeight", wholeValue(args, "--io-weight", 1)),
  };
  return Object.keys(limits).length === 0 ? undefined : limits;
}

function zeroIsNone(bytes: number | undefined): number | null | undefined {
  return bytes === 0 ? null : bytes;
}
