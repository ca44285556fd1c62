import { afterEach, beforeEach, expect, it } from "vitest";
import { groupsOf } from "./harness/own-groups.ts";
import { PrivateServer } from "./harness/private-server.ts";

let holdfast: PrivateServer;
beforeEach(async () => {
  holdfast = new PrivateServer();
  await holdfast.up();
});
afterEach(() => holdfast.remove());

it("leaves no cgroup when it ends, and a killed server's go with the next one", async () => {
  expect(await holdfast.run("run", "--", "true")).toMatchObject({ code: 0 });
  await holdfast.killServer();
  await holdfast.up();
  expect(await holdfast.run("server", "stop")).toMatchObject({ code: 0 });
  expect(groupsOf(holdfast.stateDir)).toEqual([]);
});

it("leaves none after uninstall --purge, although its server was killed", async () => {
  expect(await holdfast.run("run", "--", "true")).toMatchObject({ code: 0 });
  await holdfast.killServer();
  expect(await holdfast.run("uninstall", "--purge", "--yes")).toMatchObject({ code: 0 });
  expect(groupsOf(holdfast.stateDir)).toEqual([]);
});
