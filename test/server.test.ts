import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { longestWaitMs } from "./harness/longest-wait.ts";
import { hasScikitLearn } from "./harness/requirements.ts";
import { PrivateServer } from "./harness/private-server.ts";
import { read } from "./harness/living.ts";

let holdfast: PrivateServer;
beforeEach(() => {
  holdfast = new PrivateServer();
});
afterEach(async () => {
  await holdfast.remove();
  await holdfast.expectNothingLeft();
});

describe("the first command", () => {
  it("starts the server", async () => {
    expect(await holdfast.run("run", "echo", "hello")).toMatchObject({
      code: 0,
      stdout: "hello\n",
    });
    expect(await holdfast.health()).toMatchObject({ status: "ok" });
  });

  it("does not where that was forbidden, in any of three ways", async () => {
    const refusal = { code: 69, stdout: "" };
    expect(await holdfast.run("ls", "--no-autostart")).toMatchObject(refusal);
    writeFileSync(join(holdfast.stateDir, "holdfast-off.toml"), "[server]\nautostart = false\n");
    holdfast.env["HOLDFAST_CONFIG"] = join(holdfast.stateDir, "holdfast-off.toml");
    expect(await holdfast.run("ls")).toMatchObject(refusal);
    delete holdfast.env["HOLDFAST_CONFIG"];
    holdfast.env["HOLDFAST_AUTOSTART"] = "0";
    const { code, stderr } = await holdfast.run("ls");
    expect(stderr).toContain("holdfast: No server is running\n  holdfast server start starts one");
    expect(code).toBe(69);
  });

  it("is refused with a relative state folder, and makes none", async () => {
    holdfast.env["HOLDFAST_STATE_DIR"] = "state";
    for (const command of ["ls", "server start", "doctor"])
      expect(await holdfast.run(...command.split(" "))).toMatchObject({
        code: 78,
        stdout: "",
        stderr: expect.stringContaining('HOLDFAST_STATE_DIR: "state" is not an absolute path'),
      });
    delete holdfast.env["HOLDFAST_STATE_DIR"];
  });

  it("and nine others at the same time get one server and a job each", async () => {
    const all = Array.from({ length: 10 }, (_, n) => holdfast.run("run", "echo", String(n)));
    const outputs = (await Promise.all(all)).map(({ stdout }) => stdout);
    expect(outputs).toEqual(Array.from({ length: 10 }, (_, n) => `${n}\n`));
  });
});

describe("server", () => {
  it("start says pid, socket and log, and finds a running server", async () => {
    const first = await holdfast.run("server", "start");
    expect(first.stderr).toMatch(/^server started, pid \d+\n {2}socket {2}\S+\n {2}log {5}\S+\n$/);
    const second = await holdfast.run("server", "start");
    expect(second.stderr).toContain("server runs already");
    expect(second.code).toBe(0);
  });

  it("status shows it, and exits with 69 where none runs", async () => {
    expect((await holdfast.run("server", "status")).code).toBe(69);
    await holdfast.up();
    expect((await holdfast.run("server", "status")).stdout).toMatch(
      /^server +(ok|recovering)\npid +\d+\n/,
    );
  });

  it("stop ends a server whose socket was removed, and the next command reaches a new one", async () => {
    await holdfast.up();
    const { pid } = await holdfast.health();
    rmSync(join(holdfast.stateDir, "run/server.sock"));
    const stopped = await holdfast.run("server", "stop");
    expect(stopped).toMatchObject({ code: 0 });
    expect(stopped.stderr + stopped.stdout).toContain(`pid ${pid}`);
    expect((await holdfast.run("ls")).code).toBe(0);
    expect((await holdfast.health()).pid).not.toBe(pid);
  });

  it("listens again after its runtime folder was removed", async () => {
    await holdfast.up();
    const { pid } = await holdfast.health();
    rmSync(join(holdfast.stateDir, "run"), { recursive: true });
    const status = () => holdfast.run("server", "status");
    await vi.waitUntil(async () => (await status()).code === 0, {
      timeout: longestWaitMs,
      interval: 250,
    });
    expect((await holdfast.health()).pid).toBe(pid);
  });

  it("stop leaves jobs running, and the next server has them", async () => {
    const command = holdfast.start(
      ["run", "sh", "-c", "echo ready; while [ ! -e go ]; do sleep 0.05; done; exit 6"],
      {
        cwd: holdfast.stateDir,
      },
    );
    const [, id = ""] = await command.says(/job (\d+) sh/);
    await command.says(/ready/);
    const { pid } = await holdfast.health();
    const stopped = await holdfast.run("server", "stop");
    expect(stopped.stderr).toBe(`server stopped, pid ${pid}; running jobs continue\n`);
    // The process that started it may not have reaped it yet.
    expect(read(pid)?.state ?? "Z").toBe("Z");
    expect(holdfast.jobProcesses().some(({ command: name }) => name === "sh")).toBe(true);
    await holdfast.run("server", "start");
    expect((await holdfast.show(Number(id))).state).toBe("running");
    writeFileSync(join(holdfast.stateDir, "go"), "");
    expect((await command.ended).code).toBe(6);
    expect((await command.ended).stderr).toContain("the server is back");
  });

  it("that is killed is started again by the command that follows, without a byte lost or doubled", async () => {
    const script = "seq 1 1000; while [ ! -e go ]; do sleep 0.05; done; seq 1001 2000";
    const command = holdfast.start(["run", "sh", "-c", script], { cwd: holdfast.stateDir });
    await command.says(/\n1000\n/);
    const { pid } = await holdfast.health();
    process.kill(pid, "SIGKILL");
    await command.says(/the server has gone away/);
    writeFileSync(join(holdfast.stateDir, "go"), "");
    const { code, stdout } = await command.ended;
    expect(stdout).toBe(Array.from({ length: 2000 }, (_, index) => `${index + 1}\n`).join(""));
    expect(code).toBe(0);
    expect((await holdfast.health()).pid).not.toBe(pid);
  });

  it("that is killed is started again by the command that follows a job through its attempts", async () => {
    const script =
      'echo "run $HOLDFAST_RETRY"; [ "$HOLDFAST_RETRY" = 0 ] && exit 1; while [ ! -e go ]; do sleep 0.05; done; echo end';
    const again = ["--retries", "1", "--retry-delay", "10ms"];
    const command = holdfast.start(["run", ...again, "sh", "-c", script], {
      cwd: holdfast.stateDir,
    });
    await command.says(/run 1\n/);
    process.kill((await holdfast.health()).pid, "SIGKILL");
    await command.says(/the server has gone away/);
    writeFileSync(join(holdfast.stateDir, "go"), "");
    expect(await command.ended).toMatchObject({ code: 0, stdout: "run 0\nrun 1\nend\n" });
  });

  it("that is killed does not keep a job from being cancelled", async () => {
    const id = String(await holdfast.submit("sh", "-c", "sleep 61 & exec sleep 62"));
    const { pid } = await holdfast.health();
    process.kill(pid, "SIGKILL");
    expect((await holdfast.run("cancel", id)).code).toBe(0);
    expect((await holdfast.show(Number(id))).state).toBe("cancelled");
  });

  it.skipIf(!hasScikitLearn)(
    "that is killed in mid-fit of a grid search leaves none of it after the cancel",
    async () => {
      await holdfast.up();
      const command = holdfast.start(["run", "examples/train_sklearn.py"]);
      const [, id = ""] = await command.says(/job (\d+) train_sklearn/);
      await command.says(/^fit .* accuracy/m);
      const { pid } = await holdfast.health();
      process.kill(pid, "SIGKILL");
      await command.says(/the server is back/);
      expect((await holdfast.run("cancel", id)).code).toBe(0);
      expect((await command.ended).code).toBe(130);
      const python = holdfast
        .jobProcesses()
        .filter(({ command: name }) => name.startsWith("python3"));
      expect(python).toEqual([]);
    },
  );

  it("restart keeps running jobs", async () => {
    const id = String(await holdfast.submit("sleep", "60"));
    const before = await holdfast.health();
    expect((await holdfast.run("server", "restart")).code).toBe(0);
    expect((await holdfast.health()).pid).not.toBe(before.pid);
    expect((await holdfast.show(Number(id))).state).toBe("running");
    await holdfast.run("kill", id);
  });

  it("restart leaves the server running if the next one would refuse the configuration", async () => {
    await holdfast.up();
    const { pid } = await holdfast.health();
    const config = join(holdfast.stateDir, "typo.toml");
    writeFileSync(config, "[jobs]\nmax_runing = 3\n");
    holdfast.env["HOLDFAST_CONFIG"] = config;
    const { code, stderr } = await holdfast.run("server", "restart");
    delete holdfast.env["HOLDFAST_CONFIG"];
    expect([code, (await holdfast.health()).pid]).toEqual([78, pid]);
    expect(stderr).toContain("max_runing");
  });

  it("start --foreground is the server until a signal ends it", async () => {
    const server = holdfast.start(["server", "start", "--foreground"]);
    await server.says(/ready/);
    const { pid } = await holdfast.health();
    expect(pid).toBe(server.child.pid);
    server.interrupt("SIGTERM");
    expect((await server.ended).code).toBe(0);
  });

  it("logs shows what it did, also when it does not run", async () => {
    expect((await holdfast.run("server", "logs")).stderr).toContain("no server has written it yet");
    await holdfast.up();
    await holdfast.run("server", "stop");
    const { stdout } = await holdfast.run("server", "logs", "-n", "3");
    expect(stdout.trimEnd().split("\n")).toHaveLength(3);
    expect(stdout).toContain("ending; jobs continue");
  });
});

describe("version", () => {
  it("shows the command's, and the server's where one runs", async () => {
    expect((await holdfast.run("version")).stdout).toMatch(/^holdfast \S+\nserver {3}none runs\n$/);
    await holdfast.up();
    expect((await holdfast.run("version")).stdout).toMatch(/\nserver {3}\S+ \(api v1, keeper/);
  });
});
