import type { JobRequest } from "../../client/client.ts";
import type { Arguments } from "../grammar/parse.ts";
import { decimalValue, sizeValue, wholeValue } from "../grammar/values.ts";
import { defined } from "./defined.ts";

/** The limits of the command line; undefined if it has none. */
export function limitsOf(args: Arguments): JobRequest["limits"] | undefined {
  const limits = {
    ...defined("memoryMaxBytes", zeroIsNone(sizeValue(args, "--memory"))),
    ...defined("memoryHighBytes", zeroIsNone(sizeValue(args, "--memory-high"))),
    // 0 is a limit here: no swap.
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
