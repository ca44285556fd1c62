import { expect, it } from "vitest";
import type { Context } from "../context.ts";
import { adoptionLost } from "./adopt.ts";

const identity = { pid: 812, start: 7, inode: 4 };
const context = {
  bootId: "b",
  namespace: { inode: 100, init: 1, offset: "0" },
  engine: { identify: () => Promise.resolve(identity) },
} as unknown as Context;
const lost = (pidNamespace: number | null | undefined, start = identity.start) =>
  adoptionLost(context, { adopt: { ...identity, start, bootId: "b", pidNamespace } });

it("a process that was found in another PID namespace is not looked up by its pid", async () => {
  expect(await lost(200)).toContain("PID namespace 200");
});

it("a process of the same PID namespace, or of an unknown one, is judged by its identity", async () => {
  expect(await lost(100)).toBeNull();
  expect(await lost(null)).toBeNull();
  expect(await lost(undefined)).toBeNull();
  expect(await lost(100, 8)).toContain("had ended");
});
