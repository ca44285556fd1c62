import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { enableControllers } from "./cgroup-controllers.ts";

let parent: string;
let root: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "holdfast-controllers-"));
  root = join(parent, "holdfast-x");
  mkdirSync(root);
});
afterEach(() => rmSync(parent, { recursive: true }));

const put = (path: string, text: string) => writeFileSync(join(parent, path), text);
const enabled = (path: string) =>
  readFileSync(join(parent, path, "cgroup.subtree_control"), "utf8");

/** A group as the kernel shows it, with what can be enabled for its children. */
function group(path: string, controllers: string, members = ""): void {
  put(join(path, "cgroup.controllers"), `${controllers}\n`);
  put(join(path, "cgroup.subtree_control"), "");
  put(join(path, "cgroup.type"), "domain\n");
  put(join(path, "cgroup.procs"), members);
}

it("enables nothing beside processes of others, and moves no process", () => {
  // The pid of init is never ours.
  group("", "memory pids", "1\n");
  group("holdfast-x", "");
  const message = enableControllers({ parent, enabling: "may", leaf: true }, root);
  expect(message).toContain(`${parent} has processes that are not Holdfast's`);
  expect(enabled("")).toBe("");
  expect(readFileSync(join(parent, "cgroup.procs"), "utf8")).toBe("1\n");
});

it("enables nothing where it may not, and says what would help", () => {
  group("", "memory pids");
  group("holdfast-x", "");
  const not = "ask the owner";
  expect(enableControllers({ parent, enabling: { not }, leaf: false }, root)).toContain(not);
  expect(enabled("")).toBe("");
});

it("says which controllers the place does not have", () => {
  group("", "memory");
  group("holdfast-x", "memory");
  const message = enableControllers({ parent, enabling: "may", leaf: false }, root);
  expect(message).toContain(`${parent} has no pids, cpu, cpuset, io controller`);
  expect(enabled("")).toBe("+memory");
  expect(enabled("holdfast-x")).toBe("+memory");
});
