import { expect, it } from "vitest";
import { jobRequest as contract } from "../../contract/job-request.ts";
import { definition } from "../commands/submit.ts";
import { parse } from "../grammar/parse.ts";
import { sampleJob } from "../testing/sample-job.ts";
import { limitsOf } from "./limits.ts";
import { warnOfLimits } from "./warnings.ts";

const limits = (...args: string[]) => limitsOf(parse(definition, [...args, "true"]));

it("carries every limit, in the units of the contract", () => {
  const message =
    "--memory 16GiB --memory-high 12GiB --swap 0 --cpu 1.5 --cpu-weight 50 --pids 200 --io-weight 10";
  const made = limits(...message.split(" "));
  expect(made).toEqual({
    memoryMaxBytes: 16 * 2 ** 30,
    memoryHighBytes: 12 * 2 ** 30,
    swapMaxBytes: 0,
    cpuCores: 1.5,
    cpuWeight: 50,
    pidsMax: 200,
    ioWeight: 10,
  });
  const request = { command: ["true"], cwd: "/", limits: made };
  expect(contract.safeParse(request).success).toBe(true);
});

it("says nothing when nothing was typed, and none with 0", () => {
  expect(limits()).toBeUndefined();
  expect(limits("--memory", "0")).toEqual({ memoryMaxBytes: null });
});

it.each([
  ["--memory", "16"],
  ["--cpu", "0"],
  ["--cpu", "two"],
  ["--cpu", "-1"],
  ["--pids", "0"],
])("refuses %s %s", (option, value) => {
  expect(() => limits(option, value)).toThrow(`${option} ${value} is not`);
});

it.each([
  [{ memoryMaxBytes: 2 ** 19 }, "at least 1MiB"],
  [{ memoryMaxBytes: 2 ** 30, memoryHighBytes: 2 ** 30 }, "below memoryMaxBytes"],
  [{ cpuWeight: 0 }, "from 1 to 10000"],
  [{ memory: 1 }, "memory"],
])("the contract refuses %j", (asked, message) => {
  const parsed = contract.safeParse({ command: ["true"], cwd: "/", limits: asked });
  expect(parsed.error?.issues[0]?.message).toContain(message);
});

it("warns of what is not applied, and of nothing else", async () => {
  const said: string[] = [];
  const job = sampleJob({
    limits: [
      { what: "memory", wanted: 2 ** 30, how: "polled", why: "no controller" },
      { what: "pids", wanted: 5, how: "not applied", why: "no controller" },
    ],
  });
  await warnOfLimits({ say: async (line) => void said.push(line) }, job);
  expect(said).toEqual(["warning: pids 5 not applied: no controller"]);
});
