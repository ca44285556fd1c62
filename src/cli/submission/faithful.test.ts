import { expect, it } from "vitest";
import { Arguments } from "../grammar/parse.ts";
import { type RawProcess, refuseUnfaithful, refuseUnfaithfulFolder } from "./faithful.ts";

const latin1 = (text: string) => Buffer.from(text, "latin1");
const raw = (commandLine: Buffer, cwd = Buffer.from("/")): RawProcess => ({
  commandLine: () => commandLine,
  cwd: () => cwd,
});
const command = (...args: string[]) => new Arguments(args, new Map());

it("refuses bytes that Node has replaced", () => {
  const process = raw(latin1("cat\0caf\xe9\0"));
  expect(() => refuseUnfaithful(command("cat", "caf\ufffd"), process)).toThrow(
    String.raw`The argument caf`,
  );
});

it("names the option that has them", () => {
  const process = raw(latin1("-e\0A=caf\xe9\0true\0"));
  const args = new Arguments(["true"], new Map([["--env", ["A=caf\ufffd"]]]));
  expect(() => refuseUnfaithful(args, process)).toThrow("The value of --env is not UTF-8");
});

it("accepts a replacement character that was really typed", () => {
  const process = raw(Buffer.from("echo\0\ufffd\0"), Buffer.from("/\ufffd"));
  expect(() => refuseUnfaithful(command("echo", "\ufffd"), process)).not.toThrow();
  expect(() => refuseUnfaithfulFolder("/\ufffd", process)).not.toThrow();
});

it("refuses a working directory whose name Node has replaced", () => {
  expect(() => refuseUnfaithfulFolder("/d\ufffd", raw(latin1(""), latin1("/d\xe9")))).toThrow(
    "The name of the working directory",
  );
});

it("does not read the process if nothing is ambiguous", () => {
  const fail = () => {
    throw new Error("it looked");
  };
  const process = { commandLine: fail, cwd: fail };
  expect(() => refuseUnfaithful(command("echo", "é"), process)).not.toThrow();
  expect(() => refuseUnfaithfulFolder("/é", process)).not.toThrow();
});
