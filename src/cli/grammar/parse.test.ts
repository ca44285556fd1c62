import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RefusalError } from "../../contract/problems.ts";
import { problemLines } from "../format/problem.ts";
import { definition as cancel } from "../commands/cancel.ts";
import { definition as logs } from "../commands/logs.ts";
import { definition as run } from "../commands/run.ts";
import { definition as wait } from "../commands/wait.ts";
import type { VerbDefinition } from "./definition.ts";
import { parse } from "./parse.ts";

describe("what belongs to the job", () => {
  it("is everything from the program on", () => {
    const args = parse(run, ["-g", "2", "python", "t.py", "--lr", "0.1", "-n", "x"]);
    expect(args.operands).toEqual(["python", "t.py", "--lr", "0.1", "-n", "x"]);
    expect(args.value("--gpus")).toBe("2");
    expect(args.has("--name")).toBe(false);
  });

  it("may begin after --", () => {
    expect(parse(run, ["--", "-odd", "--json"]).operands).toEqual(["-odd", "--json"]);
  });

  it("keeps a -- of its own", () => {
    expect(parse(run, ["git", "log", "--", "file"]).operands).toEqual(["git", "log", "--", "file"]);
  });

  it("is never read, whatever it is", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (args) => {
        expect(parse(run, ["program", ...args]).operands).toEqual(["program", ...args]);
        expect(parse(run, ["--", "program", ...args]).operands).toEqual(["program", ...args]);
      }),
    );
  });
});

describe("options", () => {
  it("take their value from the next word, after = or attached", () => {
    expect(parse(cancel, ["--grace", "5s", "1"]).value("--grace")).toBe("5s");
    expect(parse(cancel, ["--grace=5s", "1"]).value("--grace")).toBe("5s");
    expect(parse(logs, ["-n5", "1"]).value("--lines")).toBe("5");
    expect(parse(run, ["--priority", "-5", "true"]).value("--priority")).toBe("-5");
    expect(parse(run, ["-e", "A=b=c", "true"]).value("--env")).toBe("A=b=c");
  });

  it("may stand together in short form, and behind the operands", () => {
    const args = parse(logs, ["1", "-fn", "5"]);
    expect(args.has("--follow")).toBe(true);
    expect(args.value("--lines")).toBe("5");
    expect(args.operands).toEqual(["1"]);
  });

  it("that repeat are all kept, of others the last one counts", () => {
    const args = parse(run, ["--tag", "a", "--tag", "b", "true"]);
    expect(args.values("--tag")).toEqual(["a", "b"]);
    expect(args.value("--tag")).toBe("b");
  });
});

describe("what is wrong", () => {
  it("is named with the nearest spelling", () => {
    expect(refused(run, ["--gpu", "2", "python"])).toEqual([
      "holdfast: run has no option --gpu",
      "  Did you mean --gpus? The job's own come after its program",
    ]);
    expect(refused(cancel, ["--zzz", "1"])).toEqual([
      "holdfast: cancel has no option --zzz",
      "  holdfast cancel --help shows the options",
    ]);
  });

  it("is said for a missing value, a value too many, and operands", () => {
    expect(refused(cancel, ["1", "--grace"])[0]).toBe("holdfast: --grace needs a value");
    expect(refused(cancel, ["--no-wait=1", "1"])[0]).toBe("holdfast: --no-wait takes no value");
    expect(refused(wait, [])).toEqual([
      "holdfast: wait needs JOB",
      "  holdfast wait [OPTIONS] JOB...",
    ]);
    expect(refused(run, ["-g", "1"])[0]).toBe("holdfast: run needs PROGRAM");
  });

  it("does not matter when help is asked for", () => {
    expect(parse(cancel, ["--help"]).has("--help")).toBe(true);
  });

  it("cannot act on the terminal", () => {
    expect(refused(cancel, ["--\u001b[31m"])[0]).toBe(
      String.raw`holdfast: cancel has no option --\x1b[31m`,
    );
  });
});

function refused(definition: VerbDefinition, args: string[]): string[] {
  try {
    parse(definition, args);
  } catch (error) {
    expect(error).toBeInstanceOf(RefusalError);
    return problemLines((error as RefusalError).refusal);
  }
  throw new Error("it was accepted");
}
