import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../src/system/eventually.ts";
import { read } from "./harness/living.ts";
import { PrivateServer } from "./harness/private-server.ts";

/** A server that a job starts would end with the job, and take with it the jobs that it has started. */

const cli = `'${process.execPath}' -- '${resolve(import.meta.dirname, "../build/cli.cjs")}'`;

let holdfast: PrivateServer;
let own: ChildProcess | null = null;
beforeEach(() => {
  holdfast = new PrivateServer();
});
afterEach(async () => {
  if (own !== null && own.exitCode === null && own.signalCode === null) {
    own.kill("SIGKILL");
    await once(own, "exit");
  }
  own = null;
  await holdfast.remove();
  await holdfast.expectNothingLeft();
});

/** A job that runs `script` when its server has been killed; what it has written then. */
async function runsWithoutServer(script: string): Promise<string> {
  const waiting = `echo up; while [ ! -e '${holdfast.stateDir}/go' ]; do sleep 0.05; done`;
  const id = await holdfast.submit("sh", "-c", `${waiting}; ${script}; echo "over, $?"`);
  const logs = holdfast.start(["logs", "-f", String(id)]);
  await logs.says(/up\n/);
  logs.interrupt();
  await logs.ended;
  await killServer();
  writeFileSync(join(holdfast.stateDir, "go"), "");
  const attempts = join(holdfast.stateDir, "attempts");
  const [attempt = ""] = readdirSync(attempts);
  const said = () => readFileSync(join(attempts, attempt, "output.log"), "utf8");
  await eventually(() => /over, \d+\n/.test(said()));
  return said();
}

async function killServer(): Promise<void> {
  const { pid } = await holdfast.health();
  process.kill(pid, "SIGKILL");
}

async function expectNoServer(): Promise<void> {
  expect((await holdfast.run("server", "status")).code).toBe(69);
}

const refusal = "No server can be started inside a job";

describe.each(["auto", "off"])("a job whose server was killed, with groups %s", (cgroup) => {
  beforeEach(async () => {
    holdfast.env["HOLDFAST_CONTAINMENT_CGROUP"] = cgroup;
    await holdfast.up();
  });

  it.each([
    ["a command that needs one", `${cli} submit true`],
    ["a command that follows", `${cli} run true`],
    ["server start", `${cli} server start`],
    ["server start --foreground", `${cli} server start --foreground`],
    [
      "a daemon of its own without the job's environment",
      `env -i HOLDFAST_STATE_DIR="$HOLDFAST_STATE_DIR" HOLDFAST_RUNTIME_DIR="$HOLDFAST_RUNTIME_DIR" setsid --wait ${cli} server start`,
    ],
  ])("does not start one by %s", async (_, command) => {
    const said = await runsWithoutServer(command);
    expect(said).toContain(refusal);
    expect(said).toContain("holdfast server start");
    expect(said).toContain("over, 69\n");
    await expectNoServer();
  });
});

describe("a job", () => {
  it("does not start one in a PID namespace of its own, where no keeper is to be seen", async () => {
    holdfast.env["HOLDFAST_CONTAINMENT_CGROUP"] = "off";
    await holdfast.up();
    const apart = "unshare --user --map-root-user --pid --fork --mount-proc";
    const said = await runsWithoutServer(`${apart} ${cli} server start`);
    expect(said).toContain("HOLDFAST_ATTEMPT names");
    expect(said).toContain("over, 69\n");
    await expectNoServer();
  });

  it("does not stop the server that it cannot start again", async () => {
    await holdfast.up();
    const { pid } = await holdfast.health();
    const { code, stdout } = await holdfast.run("run", "sh", "-c", `${cli} server restart`);
    expect(stdout).toContain(refusal);
    expect(code).toBe(69);
    expect((await holdfast.health()).pid).toBe(pid);
  });

  it("can stop the server and be ended by the next one", async () => {
    await holdfast.up();
    const { pid } = await holdfast.health();
    const id = await holdfast.submit("sh", "-c", `${cli} server stop; exec sleep 1000`);
    await gone(pid);
    expect((await holdfast.run("cancel", String(id))).code).toBe(0);
    expect((await holdfast.health()).pid).not.toBe(pid);
  });

  it("that adopted a shell does not get its server from that shell", async () => {
    await holdfast.up();
    own = spawn("sh", ["-c", `read go; ${cli} ls; echo "over, $?"; read end`], {
      env: holdfast.env,
      stdio: ["pipe", "pipe", "pipe"],
    });
    let said = "";
    for (const stream of [own.stdout, own.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => {
        said += text;
      });
    expect((await holdfast.run("adopt", String(own.pid))).code).toBe(0);
    await killServer();
    own.stdin?.write("go\n");
    while (!said.includes("over")) await once(own.stdout as NodeJS.ReadableStream, "data");
    expect(said).toContain(refusal);
    expect(said).toContain("over, 69\n");
    await expectNoServer();
  });
});

describe("a shell that has inherited a job's variables and is not part of it", () => {
  const variables = {
    HOLDFAST_ATTEMPT: "11111111-2222-4333-8444-555555555555",
    HOLDFAST_JOB: "7",
  };
  beforeEach(() => {
    Object.assign(holdfast.env, variables);
  });
  const carried = (pid: number) =>
    readFileSync(`/proc/${pid}/environ`, "latin1")
      .split("\0")
      .filter((one) => /^HOLDFAST_(ATTEMPT|JOB)=/.test(one));

  it("starts a server, which does not inherit them", async () => {
    await holdfast.up();
    expect(carried((await holdfast.health()).pid)).toEqual([]);
  });

  it("is the server, without them", async () => {
    const server = holdfast.start(["server", "start", "--foreground"]);
    await server.says(/ready/);
    const { pid } = await holdfast.health();
    expect(pid).toBe(server.child.pid);
    expect(carried(pid)).toEqual([]);
    server.interrupt("SIGTERM");
    expect((await server.ended).code).toBe(0);
  });
});

async function gone(pid: number): Promise<void> {
  await eventually(() => (read(pid)?.state ?? "Z") === "Z");
}
