import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { livingWith } from "./harness/living.ts";

/**
 * A package, unpacked where there are no sources, no npm and no compiler, and used by an ordinary user.
 */
const project = resolve(import.meta.dirname, "..");
const user = 54_327;
const isRoot = process.getuid?.() === 0;
/** All that the launcher and the package's set-up need beside Node. */
const tools = "sh ln mv mkdir readlink touch cat sleep env".split(" ");
const mark = `HOLDFAST_TEST_PACKAGE=${process.pid}-${Date.now()}`;

let folder: string;
let home: string;
let withNode: string;
let withoutNode: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast package-"));
  const node = process.execPath;
  execFileSync(node, ["scripts/package.ts", "--out", folder], {
    cwd: project,
    env: { ...process.env, PATH: `${join(node, "..")}:${process.env["PATH"] ?? ""}` },
  });
  [home, withNode, withoutNode] = [
    join(folder, "home"),
    join(folder, "with"),
    join(folder, "without"),
  ];
  for (const place of [home, withNode, withoutNode]) mkdirSync(place);
  for (const tool of tools) {
    const path = execFileSync("sh", ["-c", `command -v ${tool}`], { encoding: "utf8" }).trim();
    for (const place of [withNode, withoutNode]) symlinkSync(path, join(place, tool));
  }
  symlinkSync(node, join(withNode, "node"));
  chmodSync(folder, 0o755);
  unpack("first");
});

afterEach(async () => {
  await run("first", ["server", "stop"]);
  expect(livingWith(mark)).toEqual([]);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function unpack(name: string): void {
  const archive = readdirSync(folder).find((entry) => entry.endsWith(".tar.gz")) ?? "";
  mkdirSync(join(folder, name));
  const place = ["-C", join(folder, name), "--strip-components=1"];
  execFileSync("tar", ["-xzf", join(folder, archive), ...place]);
  if (isRoot) execFileSync("chown", ["-R", `${user}:${user}`, join(folder, name), home]);
}

async function run(
  name: string,
  args: readonly string[],
  path = withNode,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const [variable = "", value = ""] = mark.split("=");
  const as = ["setpriv", `--reuid=${user}`, `--regid=${user}`, "--clear-groups"];
  const argv = [...(isRoot ? as : []), join(folder, name, "holdfast"), ...args];
  const env = {
    PATH: path,
    HOME: home,
    HOLDFAST_STATE_DIR: join(home, "state"),
    HOLDFAST_RUNTIME_DIR: join(home, "run"),
    [variable]: value,
  };
  const child = spawn(argv[0] === "setpriv" ? "/usr/bin/setpriv" : (argv[0] ?? ""), argv.slice(1), {
    cwd: folder,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const)
    child[stream].setEncoding("utf8").on("data", (text: string) => (said[stream] += text));
  const [code] = (await once(child, "close")) as [number];
  return { code, ...said };
}

it("says what it needs where there is no Node, and leaves nothing half done", async () => {
  const { code, stderr } = await run("first", ["version"], withoutNode);
  expect(stderr).toContain("needs Node 24 or newer on the search path, and found none");
  expect(code).toBe(1);
  expect(existsSync(join(folder, "first/.toolchain/bin/node"))).toBe(false);
});

it("runs a job, cancels another with proof, and starts no set-up twice", async () => {
  const exit = await run("first", ["run", "--", "sh", "-c", "echo out; exit 3"]);
  expect([exit.code, exit.stdout]).toEqual([3, "out\n"]);
  expect((await run("first", ["submit", "-n", "long", "sh", "-c", "sleep 1000 & wait"])).code).toBe(
    0,
  );
  expect((await run("first", ["cancel", "long"])).code).toBe(0);
  expect((await run("first", ["receipt", "long"])).stdout).toContain("nothing left");
  expect((await run("first", ["version"])).stderr).toBe("");
});

it("has the library by which the driver of a GPU is asked", () => {
  const code = "process.stdout.write(typeof require('koffi').load)";
  const said = execFileSync(process.execPath, ["-e", code], { cwd: join(folder, "first") });
  expect(said.toString()).toBe("function");
});

it("is upgraded to the next package while a job runs", async () => {
  expect((await run("first", ["submit", "-n", "on", "sleep", "1000"])).code).toBe(0);
  unpack("second");
  expect((await run("second", ["server", "restart"])).code).toBe(0);
  expect((await run("second", ["show", "on"])).stdout).toContain("running");
  expect((await run("second", ["cancel", "on"])).code).toBe(0);
  await run("second", ["server", "stop"]);
});
