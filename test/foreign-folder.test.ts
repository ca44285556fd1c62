import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Command, type Ended } from "./harness/command.ts";

/**
 * The state folder is where others may write (HOLDFAST_STATE_DIR=/scratch/me), and another user made it
 * first. Needs root, to be two users.
 */
const otherUser = 54_323;
const secret = "HOLDFAST_TEST_SECRET=7f3c";
const isRoot = process.getuid?.() === 0;

let scratch: string;
let stateDir: string;
let listener: ChildProcess | null = null;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "holdfast-scratch-"));
  chmodSync(scratch, 0o777);
  stateDir = join(scratch, "me");
});
afterEach(async () => {
  if (listener !== null && listener.exitCode === null) {
    listener.stdin?.end();
    await once(listener, "exit");
  }
  listener = null;
  endServer();
  rmSync(scratch, { recursive: true, force: true });
});

/** No server must have been started. */
function endServer(): void {
  const pidFile = join(stateDir, "server.pid");
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, "utf8"));
  const environment = `/proc/${pid}/environ`;
  if (existsSync(environment) && readFileSync(environment, "latin1").includes(stateDir))
    process.kill(pid, "SIGKILL");
}

/** Listens as another user and prints what it receives, until its input ends. */
async function otherUserListensAt(socket: string): Promise<() => string> {
  const program = `
    const server = require("net").createServer((peer) => peer.on("data", (all) => process.stdout.write(all)));
    process.umask(0);
    server.listen(process.argv[1], () => process.stdout.write("up\\n"));
    process.stdin.on("end", () => process.exit()).resume();`;
  const as = ["setpriv", `--reuid=${otherUser}`, `--regid=${otherUser}`, "--clear-groups"];
  const command = [...as, process.execPath, "-e", program, socket];
  listener = spawn(command[0] ?? "", command.slice(1), { stdio: ["pipe", "pipe", "inherit"] });
  let heard = "";
  listener.stdout?.setEncoding("utf8").on("data", (text: string) => {
    heard += text;
  });
  await once(listener.stdout as NodeJS.ReadableStream, "data");
  return () => heard.replace("up\n", "");
}

function foreignFolder(path: string): void {
  mkdirSync(path, { recursive: true });
  chmodSync(path, 0o777);
  chownSync(path, otherUser, otherUser);
}

function holdfast(...args: string[]): Promise<Ended> {
  const [name = "", value = ""] = secret.split("=");
  const env = {
    PATH: process.env["PATH"],
    HOME: scratch,
    HOLDFAST_STATE_DIR: stateDir,
    [name]: value,
  };
  return new Command(args, env).ended;
}

describe.runIf(isRoot)("a home of another user, as `sudo` may leave it in HOME", () => {
  it("is named with what names another folder", () => {
    const home = join(scratch, "home");
    mkdirSync(home, { mode: 0o700 });
    const as = [`--reuid=${otherUser}`, `--regid=${otherUser}`, "--clear-groups", process.execPath];
    const cli = resolve(import.meta.dirname, "../build/cli.cjs");
    const verbs = ["ls", "run true", "server start", "doctor", "watch", "emergency-stop --all"];
    for (const args of verbs.map((verb) => verb.split(" "))) {
      const { status, stderr } = spawnSync("setpriv", [...as, "--", cli, ...args], {
        env: { PATH: process.env["PATH"], HOME: home },
        encoding: "utf8",
      });
      expect(stderr, args.join(" ")).toContain(`${home} belongs to user 0`);
      expect(stderr).toMatch(/set HOLDFAST_(STATE_DIR|CONFIG) to a folder of your own/);
      expect(status).toBe(77);
    }
  });
});

describe.runIf(isRoot)("an XDG_RUNTIME_DIR that su or sudo left", () => {
  it.each([
    ["another user's", (path: string) => foreignFolder(path)],
    ["not there", () => undefined],
  ])("that is %s does not keep a server from starting", async (_, make) => {
    const runtime = join(scratch, "runtime");
    make(runtime);
    const home = { PATH: process.env["PATH"], HOME: scratch, XDG_RUNTIME_DIR: runtime };
    const ran = await new Command(["run", "echo", "here"], home).ended;
    expect(ran).toMatchObject({ code: 0, stdout: "here\n" });
    // A login shell of the same user finds the same server.
    const status = new Command(["server", "status"], { ...home, XDG_RUNTIME_DIR: undefined });
    expect((await status.ended).stdout).toContain(join(scratch, ".local/state/holdfast/run"));
    expect(await new Command(["server", "stop"], home).ended).toMatchObject({ code: 0 });
    if (existsSync(runtime)) expect(readdirSync(runtime)).toEqual([]);
  });
});

describe.runIf(isRoot)("a state folder that another user made first", () => {
  it("gets no request, no environment and no server", async () => {
    foreignFolder(join(stateDir, "run"));
    foreignFolder(stateDir);
    const heard = await otherUserListensAt(join(stateDir, "run/server.sock"));
    for (const args of [["submit", "true"], ["ls"], ["run", "true"], ["server", "start"]]) {
      const { code, stderr } = await holdfast(...args);
      expect(stderr).toContain(`${join(stateDir, "run")} belongs to user ${otherUser}`);
      expect(stderr).toContain("nothing was sent");
      expect(code).toBe(77);
    }
    expect(heard()).toBe("");
    expect(readdirSync(stateDir)).toEqual(["run"]);
  });

  it("is neither filled nor closed to its owner", async () => {
    foreignFolder(stateDir);
    const { code, stderr } = await holdfast("server", "start");
    expect(stderr).toContain(`${stateDir} belongs to user ${otherUser}`);
    expect(stderr).toContain("HOLDFAST_STATE_DIR");
    expect(code).toBe(77);
    const foreground = await holdfast("server", "start", "--foreground");
    expect(foreground.stderr).toContain("belongs to another user");
    expect(foreground.code).toBe(77);
    expect(readdirSync(stateDir)).toEqual([]);
    expect(statSync(stateDir)).toMatchObject({ uid: otherUser, mode: 0o40777 });
  });

  it("decides about no process: what needs no server refuses it as well", async () => {
    foreignFolder(stateDir);
    for (const args of [["emergency-stop", "--all", "--dry-run"], ["repair"]]) {
      const { code, stderr } = await holdfast(...args);
      expect(stderr).toContain(`${stateDir} belongs to user ${otherUser}`);
      expect(code).toBe(77);
    }
    expect(readdirSync(stateDir)).toEqual([]);
  });
});

describe.runIf(isRoot)("a folder of this user's in which others could write", () => {
  it("gets no request where another user's socket is in it", async () => {
    mkdirSync(join(stateDir, "run"), { recursive: true });
    chmodSync(join(stateDir, "run"), 0o777);
    const heard = await otherUserListensAt(join(stateDir, "run/server.sock"));
    const { code, stderr } = await holdfast("submit", "true");
    expect(stderr).toContain(`server.sock belongs to user ${otherUser}`);
    expect(code).toBe(77);
    expect(heard()).toBe("");
  });

  it("gets no server where they left something in it", async () => {
    mkdirSync(stateDir);
    foreignFolder(join(stateDir, "attempts"));
    const { code, stderr } = await holdfast("server", "start");
    expect(stderr).toContain(`${join(stateDir, "attempts")} belongs to user ${otherUser}`);
    expect(code).toBe(77);
    expect(existsSync(join(stateDir, "server.lock"))).toBe(false);
  });

  it("gets no server where its log is a link of theirs", async () => {
    mkdirSync(stateDir);
    const precious = join(scratch, "authorized_keys");
    writeFileSync(precious, "");
    symlinkSync(precious, join(stateDir, "server.log"));
    lchownSync(join(stateDir, "server.log"), otherUser, otherUser);
    const { code, stderr } = await holdfast("server", "start");
    expect(stderr).toContain(`server.log belongs to user ${otherUser}`);
    expect(code).toBe(77);
    expect(statSync(precious).size).toBe(0);
  });
});
