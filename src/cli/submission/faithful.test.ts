import { expect, it } from "vitest";
import { refuseUnfaithful } from "./faithful.ts";

it("refuses bytes that Node has replaced", () => {
  const raw = () => Buffer.from("cat\0caf\xe9\0", "latin1");
  expect(() => refuseUnfaithful(["cat", "caf\ufffd"], raw)).toThrow("is not UTF-8");
});

it("takes a replacement character that somebody really typed", () => {
  expect(() =>
    refuseUnfaithful(["echo", "\ufffd"], () => Buffer.from("echo\0\ufffd\0")),
  ).not.toThrow();
});

it("does not look where there is nothing to doubt", () => {
  const raw = () => {
    throw new Error("it looked");
  };
  expect(() => refuseUnfaithful(["echo", "é"], raw)).not.toThrow();
});
