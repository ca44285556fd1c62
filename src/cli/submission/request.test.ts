import { expect, it } from "vitest";
import { jobRequest as contract } from "../../contract/job-request.ts";
import { definition } from "../commands/submit.ts";
import { parse } from "../grammar/parse.ts";
import { jobRequest } from "./request.ts";

const request = (...args: string[]) =>
  jobRequest(parse(definition, args), { inherited: undefined, env: {} }, "/home/ada");

it("asks for no more than what was typed", () => {
  expect(request("--no-unbuffered", "true")).toEqual({
    command: ["true"],
    cwd: "/home/ada",
    env: {},
  });
});

it("carries every option, in the units of the contract", () => {
  const message =
    "-n nightly -C runs -e A=b --no-unbuffered --limit 2h --grace 1m --split-output --tag a --tag b -g 2 --priority 5 --hold --leftovers wait --with-server --nice 3 --cpus 0-3,8 --rlimit nofile=64:128 --rlimit core=0 --output-quota 1GiB --stop-signal INT --stop-scope main -- python t.py";
  const made = request(...message.split(" "));
  expect(made).toEqual({
    command: ["python", "t.py"],
    name: "nightly",
    cwd: "/home/ada/runs",
    env: { A: "b" },
    tags: ["a", "b"],
    limitMs: 7_200_000,
    graceMs: 60_000,
    leaseMs: 30_000,
    leftovers: "wait",
    stopSignal: "INT",
    stopScope: "main",
    output: "split",
    outputQuotaBytes: 2 ** 30,
    gpus: 2,
    priority: 5,
    held: true,
    cpus: "0-3,8",
    nice: 3,
    rlimits: { nofile: "64:128", core: "0:0" },
  });
  expect(contract.safeParse(made).success).toBe(true);
});

it("runs a program under stdbuf with --line-buffered", () => {
  expect(request("--line-buffered", "sim", "-x").command).toEqual(
    "stdbuf -oL -eL -- sim -x".split(" "),
  );
});

it("says none with 0, where the configuration has a limit", () => {
  expect(request("--limit", "0", "--output-quota", "0", "true")).toMatchObject({
    limitMs: null,
    outputQuotaBytes: null,
  });
});

it("refuses limits that it does not know", () => {
  expect(() => request("--rlimit", "nofiles=1:2", "true")).toThrow("--rlimit nofiles=1:2");
  expect(() => request("--rlimit", "nofile=many", "true")).toThrow("--rlimit nofile=many");
});
