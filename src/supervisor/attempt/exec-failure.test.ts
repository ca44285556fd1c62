import { describe, expect, it } from "vitest";
import { execFailure } from "./exec-failure.ts";

const failed = (name: string, ...command: string[]) =>
  execFailure({ stage: "exec", name }, command);

describe("a program that was not executed", () => {
  it.each([
    [["a && b"], "type: holdfast run -- sh -c 'a && b'"],
    [["cat *.log | wc", "-l"], "type: holdfast run -- sh -c 'cat *.log | wc -l'"],
    [["echo 'it' > x"], String.raw`type: holdfast run -- sh -c 'echo '\''it'\'' > x'`],
    [["python train.py", "--lr", "1"], "type: holdfast run -- python train.py --lr 1"],
    [["A=1", "B=x y", "prog", "-v"], "type: holdfast run --env A=1 --env 'B=x y' -- prog -v"],
    [["A=1 prog"], "type: holdfast run -- sh -c 'A=1 prog'"],
    [["cd", "/tmp"], "type: holdfast run -- bash -c 'cd /tmp'"],
  ])("%j says what to type", (command, type) => {
    expect(failed("ENOENT", ...command)).toContain(type);
  });

  it("is said to be misspelt only where nothing else is to be seen", () => {
    expect(failed("ENOENT", "pyhton")).toContain("check its spelling");
    expect(failed("ENOENT", "A=1")).toContain("check its spelling");
  });

  it("with a path may have a first line that names no interpreter", () => {
    expect(failed("ENOENT", "./my train.sh")).toContain("it is one word");
    expect(failed("ENOENT", "./train.sh")).toBe(
      "./train.sh was not found, or the interpreter in its first line; check its spelling, and type head -1 ./train.sh | cat -A (^M at the end is a line ending of Windows)",
    );
  });

  it("without a path is not searched for in the working directory", () => {
    expect(failed("ENOENT", "train.sh")).toContain("type ./train.sh");
  });

  it("may be a folder", () => {
    expect(failed("EACCES", "/tmp")).toContain("/tmp may not be executed; if it is a folder,");
  });

  it("and is a script without a first line is run by sh", () => {
    expect(failed("ENOEXEC", "./train", "-x")).toContain("type: holdfast run -- sh ./train -x");
    expect(failed("EACCES", "./train")).toContain("chmod +x");
  });

  it("is not repeated whole where it is very long", () => {
    expect(failed("ENOENT", "x;".repeat(1e6)).length).toBeLessThan(1000);
  });

  it("may have failed before it", () => {
    expect(execFailure({ stage: "chdir", name: "ENOENT" }, ["a && b"])).toContain("directory");
  });
});
