import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type * as SmallFileModule from "./small-file.ts";

type SmallFile = typeof SmallFileModule;

/** Fields of `/proc/PID/stat` that are changed, counted as in proc(5). */
const changed = vi.hoisted((): { fields: Record<number, string> } => ({ fields: {} }));

vi.mock("./small-file.ts", async (original) => {
  const real = await original<SmallFile>();
  return {
    readSmall(path: string, encoding: "latin1") {
      const text = real.readSmall(path, encoding);
      const at = text.lastIndexOf(")") + 2;
      const fields = text.slice(at).split(" ");
      for (const [number, value] of Object.entries(changed.fields))
        fields[Number(number) - 3] = value;
      return text.slice(0, at) + fields.join(" ");
    },
  };
});

// Other test files in this process may have loaded it with the real reading.
vi.resetModules();
const { environmentOf } = await import("./environment.ts");

let child: ReturnType<typeof spawn>;
beforeEach(async () => {
  child = spawn("/bin/cat", [], { env: {}, stdio: ["pipe", "pipe", "ignore"] });
  child.stdin?.write("up");
  if (child.stdout !== null) await once(child.stdout, "data");
});
afterEach(async () => {
  changed.fields = {};
  child.kill("SIGKILL");
  await once(child, "close");
});

it("a process without an environment has none", () => {
  expect(environmentOf(child.pid ?? 0)).toBe("");
});

it("a process that stays in the middle of an exec is not one without an environment", () => {
  changed.fields = { 27: "0", 50: "0", 51: "0" };
  expect(() => environmentOf(child.pid ?? 0)).toThrow("in the middle of an exec");
});

it("a process without executable segments, and without an environment, has none", () => {
  changed.fields = { 27: "0" };
  expect(environmentOf(child.pid ?? 0)).toBe("");
});

it("the environment of a process that has removed it from its memory cannot be known", () => {
  changed.fields = { 50: "4096", 51: "8192" };
  expect(environmentOf(child.pid ?? 0)).toBeNull();
});
