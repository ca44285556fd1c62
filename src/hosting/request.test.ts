import { describe, expect, it } from "vitest";
import { parseRequest } from "./request.ts";

const head = ["1", "build", "pid:[1]", "mnt:[2]", "user:[3]", "011", "80 24", "/home/ada"];

function request(args: string[], env: (string | Buffer)[] = [], first = head): Buffer {
  const strings = [...first, String(args.length), ...args, ...env];
  return Buffer.concat(strings.flatMap((one) => [Buffer.from(one as string), Buffer.from([0])]));
}

describe("a command as the client sends it", () => {
  it("has its arguments, environment, folder and terminals", () => {
    const content = request(["submit", "--", "echo", "", "a\nb"], ["HOME=/home/ada", "EMPTY="]);
    expect(parseRequest(content)).toEqual({
      build: "build",
      namespaces: { pid: "pid:[1]", mount: "mnt:[2]", user: "user:[3]" },
      terminals: { input: false, output: true, error: true },
      size: { columns: 80, rows: 24 },
      cwd: "/home/ada",
      args: ["submit", "--", "echo", "", "a\nb"],
      env: { HOME: "/home/ada", EMPTY: "" },
      rawEnvironment: Buffer.from("HOME=/home/ada\0EMPTY=\0"),
    });
  });

  it("has the environment that Node would have read: the first of two equal names, and no name without a value", () => {
    const env = ["A=1", "A=2", "=x=y", "B", "constructor=mine", "__proto__=mine", "C=a=b"];
    const found = parseRequest(request(["ls"], env))?.env ?? {};
    expect(Object.entries(found)).toEqual([
      ["A", "1"],
      ["constructor", "mine"],
      ["__proto__", "mine"],
      ["C", "a=b"],
    ]);
  });

  it("keeps bytes of the environment that are not UTF-8 beside what Node makes of them", () => {
    const variable = Buffer.from("A=\xff", "latin1");
    const found = parseRequest(request(["submit", "true"], [variable]));
    expect(found?.env).toEqual({ A: "\ufffd" });
    expect(found?.rawEnvironment).toEqual(Buffer.concat([variable, Buffer.from([0])]));
  });

  it("is left to Node where an argument or the folder is not UTF-8", () => {
    const bad = Buffer.from("\xff", "latin1");
    const args = request(["submit", "x"]);
    args[args.lastIndexOf("x")] = 0xff;
    expect(parseRequest(args)).toBeNull();
    const folder = request(["ls"]);
    bad.copy(folder, folder.indexOf("ada"));
    expect(parseRequest(folder)).toBeNull();
  });

  it("is left to Node where it is cut off, or of another protocol", () => {
    const whole = request(["ls", "--json"]);
    expect(parseRequest(whole.subarray(0, whole.length - 1))).toBeNull();
    expect(parseRequest(Buffer.alloc(0))).toBeNull();
    expect(parseRequest(request(["ls"], [], ["2", ...head.slice(1)]))).toBeNull();
  });
});
