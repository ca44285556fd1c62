import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PrivateServer } from "./harness/private-server.ts";

let holdfast: PrivateServer;
let runtime: string;
beforeEach(() => {
  runtime = mkdtempSync(join(tmpdir(), "holdfast-runtime-"));
  holdfast = new PrivateServer({ HOLDFAST_RUNTIME_DIR: join(runtime, "first") });
});
afterEach(async () => {
  await holdfast.remove();
  await holdfast.expectNothingLeft();
  rmSync(runtime, { recursive: true });
});

describe("with the same state folder and another runtime folder", () => {
  it("every command finds the server where it listens", async () => {
    await holdfast.up();
    const { pid } = await holdfast.health();
    const first = holdfast.env["HOLDFAST_RUNTIME_DIR"] ?? "";
    holdfast.env["HOLDFAST_RUNTIME_DIR"] = join(runtime, "second");
    holdfast.env["HOLDFAST_AUTOSTART"] = "0";
    expect(await holdfast.health()).toMatchObject({ pid, runtimeDir: first });
    expect(await holdfast.run("run", "true")).toMatchObject({ code: 0 });
    const started = await holdfast.run("server", "start");
    expect(started.stderr).toContain(`server runs already, pid ${pid}`);
    expect(started.stderr).toContain(join(first, "server.sock"));
    expect((await holdfast.run("doctor", "--json", "--window", "500ms")).stdout).not.toMatch(
      /server-(down|hangs)/,
    );
    expect((await holdfast.run("server", "stop")).stderr).toContain(`pid ${pid}`);
  });

  it("a server finds that another one holds the folder, and says which and where it listens", async () => {
    await holdfast.up();
    const { pid } = await holdfast.health();
    const first = holdfast.env["HOLDFAST_RUNTIME_DIR"] ?? "";
    holdfast.env["HOLDFAST_RUNTIME_DIR"] = join(runtime, "second");
    const { code, stderr } = await holdfast.run("server", "start", "--foreground");
    expect(stderr).toContain(`Pid ${pid} holds HOLDFAST_STATE_DIR=${holdfast.stateDir}`);
    expect(stderr).toContain(`It listens at ${join(first, "server.sock")}`);
    expect(code).toBe(73);
  });

  it("what a killed server left leads nowhere: the next one is started and found", async () => {
    await holdfast.up();
    const { pid } = await holdfast.health();
    process.kill(pid, "SIGKILL");
    holdfast.env["HOLDFAST_RUNTIME_DIR"] = join(runtime, "second");
    expect(await holdfast.run("run", "true")).toMatchObject({ code: 0 });
    const next = await holdfast.health();
    expect(next).toMatchObject({ runtimeDir: join(runtime, "second") });
    holdfast.env["HOLDFAST_RUNTIME_DIR"] = join(runtime, "first");
    expect((await holdfast.health()).pid).toBe(next.pid);
  });
});

describe("in a directory that was removed", () => {
  /** Through the launcher, as a shell that still sits there. */
  const typed = async (...args: string[]) => {
    const gone = join(runtime, "gone");
    mkdirSync(gone);
    const launcher = resolve(import.meta.dirname, "../holdfast");
    const script = 'cd "$1" && rmdir "$1" && shift && exec "$@"';
    const child = spawn("sh", ["-c", script, "sh", gone, launcher, ...args], {
      env: { ...holdfast.env, PWD: runtime },
    });
    let text = "";
    child.stdout.on("data", (part: Buffer) => (text += part.toString()));
    child.stderr.on("data", (part: Buffer) => (text += part.toString()));
    const code = await new Promise((ended) => child.on("close", ended));
    return { code, text };
  };

  it("commands work, and the server starts", async () => {
    expect(await typed("ls")).toMatchObject({ code: 0 });
    const id = String(await holdfast.submit("sleep", "600"));
    expect(await typed("cancel", id)).toMatchObject({ code: 0 });
    expect(await typed("run", "--cwd", "/", "pwd")).toMatchObject({ code: 0 });
    for (const verb of [["doctor", "--window", "500ms"], ["server", "restart"], ["version"]])
      expect((await typed(...verb)).text).not.toMatch(/defect|ENOENT/);
    expect(await typed("watch", "--alone", "--duration", "1s")).toMatchObject({ code: 0 });
  });

  it("a job that would run there is refused with the folder's name", async () => {
    const { code, text } = await typed("run", "true");
    expect(text).toContain("The working directory does not exist");
    expect(text).toContain(join(runtime, "gone"));
    expect(code).not.toBe(0);
  });
});

describe("where no server has run yet", () => {
  it("watch starts one and inspects", async () => {
    const watch = holdfast.start(["watch", "--json"]);
    await watch.says(/"type":"round"/);
    watch.interrupt();
    expect((await watch.ended).code).toBe(0);
    expect(await holdfast.health()).toMatchObject({ status: "ok" });
  });

  it("watch says so where none may be started", async () => {
    const watch = await holdfast.run("watch", "--no-autostart", "--duration", "1s");
    expect(watch.stderr).toContain("No server is running");
    expect(watch.code).toBe(69);
  });

  it("import takes a history in, and a running server refuses it by name", async () => {
    await holdfast.ended("true");
    const { stdout } = await holdfast.run("export");
    const history = join(runtime, "history.ndjson");
    writeFileSync(history, stdout);
    const { pid } = await holdfast.health();
    const refused = await holdfast.run("import", history);
    expect(refused.stderr).toContain(`Pid ${pid} holds`);
    expect(refused.code).toBe(73);

    const fresh = new PrivateServer({ HOLDFAST_STATE_DIR: join(runtime, "new/state") });
    fresh.env["HOLDFAST_RUNTIME_DIR"] = join(runtime, "new/run");
    const imported = await fresh.run("import", history);
    expect(imported.stderr).toContain("jobs added: 1");
    expect((await fresh.run("ls", "--all")).stdout).toContain("true");
    await fresh.remove();
  });
});
