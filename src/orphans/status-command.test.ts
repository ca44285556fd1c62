import { describe, expect, it } from "vitest";
import { readRules } from "./load-rules.ts";
import { askStatus, readStatus } from "./status-command.ts";

describe("an answer about another runner's job", () => {
  const [rule] = readRules(
    `[[rule]]
     name = "r"
     [[rule.signature]]
     comm = "x"
     [rule.status]
     command = ["/bin/echo", "state of {id}"]
     running = ["running", "pending"]
     ended = ["finished", "failed"]
     running_codes = [10]
     ended_codes = [0]`,
    "own",
  );
  const status = rule?.status;
  if (status === undefined) throw new Error("the rule has no status command");

  it.each([
    ["RUNNING since noon\n", 0, "running"],
    ["job 12: failed", 1, "ended"],
    ["not yet finished, still running", 0, "unknown"],
    ["unfinished", 0, "ended"],
    ["", 10, "running"],
    ["", 3, "unknown"],
    ["nothing\nrunning", 3, "unknown"],
  ])("%j with exit code %i is %s", (stdout, code, expected) => {
    expect(readStatus(status, code, stdout)).toBe(expected);
  });

  it("comes from a program, its id within an argument and never a shell's or an option", async () => {
    const ask = (id: string) =>
      askStatus({ ...status, running: ["$(x)", "running"], ended: [], ended_codes: [] }, id);
    expect(await ask("running")).toBe("running");
    expect(await ask("$(echo running)")).toBe("running"); // echoed as it is: the word is in it
    expect(await ask("-running")).toBe("unknown");
    expect(await askStatus({ ...status, command: ["/nowhere/program"] }, "1")).toBe("unknown");
  });
});
