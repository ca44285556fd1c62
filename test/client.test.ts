import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Receipt } from "../src/client/client.ts";
import type { Through } from "./harness/command.ts";
import { longestWaitMs } from "./harness/longest-wait.ts";
import { startedServer } from "./harness/started-server.ts";

/** Commands through the client and the server's command host, beside the same commands in Node. */

const launcher = resolve(import.meta.dirname, "../holdfast");
/** The host fails a command's promise at SIGUSR2, as a command does whose client left during a write. */
const failing = `data:text/javascript,${encodeURIComponent(`
import { writeFileSync } from "node:fs";
if (process.argv[1]?.split("/").at(-1).startsWith("commands."))
  process.on("SIGUSR2", () => {
    Promise.reject(new Error("on purpose"));
    setTimeout(() => writeFileSync(process.env.HOLDFAST_STATE_DIR + "/failed", ""), 0);
  });
`)}`;
const holdfast = startedServer({ NODE_OPTIONS: `--import ${failing}` });
beforeAll(() => holdfast.hostReady());

const through = (how: Through, ...args: string[]) => holdfast.start(args, { through: how }).ended;

async function receiptOf(id: number): Promise<Receipt> {
  return JSON.parse((await holdfast.run("receipt", String(id), "--json")).stdout) as Receipt;
}

/** Bounded polling of what the kernel shows. */
async function until(what: () => boolean): Promise<void> {
  const deadline = Date.now() + longestWaitMs;
  while (!what() && Date.now() < deadline) await delay(20);
  expect(what()).toBe(true);
}

describe("a command through the client", () => {
  it("is the client's in the receipt, with the pid that its shell knows", async () => {
    const id = await holdfast.submit("sleep", "100000");
    const cancel = holdfast.start(["cancel", String(id)], { through: "client" });
    expect((await cancel.ended).code).toBe(0);
    expect((await receiptOf(id)).stopRequests).toMatchObject([
      {
        client: {
          pid: cancel.child.pid,
          uid: process.getuid?.(),
          command: "holdfast-client",
          parent: { pid: process.pid },
        },
      },
    ]);
  });

  it("goes to Node with HOLDFAST_CLIENT=node", async () => {
    const id = await holdfast.submit("sleep", "100000");
    const child = spawn(launcher, ["cancel", String(id)], {
      env: { ...holdfast.env, HOLDFAST_CLIENT: "node" },
      stdio: "ignore",
    });
    expect(await once(child, "exit")).toEqual([0, null]);
    expect((await receiptOf(id)).stopRequests).toMatchObject([
      { client: { pid: child.pid, command: "node cli.cjs" } },
    ]);
  });

  it.each([
    ["ls"],
    ["ls", "--all", "--json"],
    ["ps", "--state", "failed"],
    ["show", "1"],
    ["show", "1", "--json"],
    ["show", "99999"],
    ["show", "99999", "--json"],
    ["receipt", "1"],
    ["logs", "1"],
    ["wait", "1"],
    ["cancel", "1"],
    ["hold", "1"],
    ["rm", "no-such-job"],
    ["help"],
    ["help", "cancel"],
    ["ls", "--help"],
    ["ls", "--no-such-option"],
    ["lss"],
    ["version"],
    ["version", "--json"],
    ["completion", "bash"],
    ["__complete", "bash", "can"],
    ["server", "stat"],
  ])("writes what it writes in Node, with the same exit code: %s %s", async (...args) => {
    const [client, node] = [await through("client", ...args), await through("node", ...args)];
    expect(withoutAge(client.stdout)).toBe(withoutAge(node.stdout));
    expect({ ...client, stdout: "" }).toEqual({ ...node, stdout: "" });
  });

  it("submits as the same process would: folder, environment, and what a job inherits", async () => {
    const variables = { ODD: "\n %=", PYTHONUNBUFFERED: undefined };
    const submitted = async (client: string | undefined) => {
      const args = ['umask 027; ulimit -n 321; exec "$0" submit --json true', launcher];
      const child = spawn("sh", ["-c", ...args], {
        cwd: holdfast.stateDir,
        env: { ...holdfast.env, ...variables, HOLDFAST_CLIENT: client },
      });
      let text = "";
      child.stdout.setEncoding("utf8").on("data", (part: string) => (text += part));
      await once(child, "close");
      const { id } = JSON.parse(text) as { id: number };
      await holdfast.run("wait", String(id));
      const { spec } = await holdfast.show(id);
      // Only one of them has this variable, which is how it goes to Node.
      return { ...spec, envNames: spec.envNames.filter((name) => name !== "HOLDFAST_CLIENT") };
    };
    const [client, node] = [await submitted(undefined), await submitted("node")];
    expect(client).toEqual(node);
    expect(client.cwd).toBe(holdfast.stateDir);
  });

  it.each([undefined, "node"])("ends at a closed pipe (%s)", async (client) => {
    const child = spawn("sh", ["-c", 'read -r go; exec "$0" help', launcher], {
      env: { ...holdfast.env, HOLDFAST_CLIENT: client },
    });
    // Only then does it start to write.
    child.stdout.destroy();
    child.stdin.write("go\n");
    expect(await once(child, "exit")).toEqual([141, null]);
  });

  it("is ended by a signal that the command does not handle", async () => {
    const id = await holdfast.submit("sleep", "100000");
    const waiting = holdfast.start(["logs", "-f", String(id)], { through: "client" });
    await until(() => hasBegun(waiting.child.pid));
    waiting.interrupt();
    expect((await waiting.ended).code).toBeNull();
    expect(waiting.child.signalCode).toBe("SIGINT");
    const cancel = holdfast.start(["cancel", String(id)], { through: "client" });
    expect((await cancel.ended).code).toBe(0);
  });

  it.each(["submit -- true >&-", "ls --json >&-", "ls --json <&- >&- 2>&-", "ls 2>&-"])(
    "takes closed descriptors as Node does: %s",
    async (line) => {
      const ended = async (client: string | undefined) => {
        const child = spawn("sh", ["-c", `"$0" ${line}`, launcher], {
          env: { ...holdfast.env, HOLDFAST_CLIENT: client },
        });
        let text = "";
        for (const stream of [child.stdout, child.stderr])
          stream.setEncoding("utf8").on("data", (part: string) => (text += part));
        return { exit: await once(child, "close"), text: withoutAge(text) };
      };
      const [client, node] = [await ended(undefined), await ended("node")];
      expect(client.exit).toEqual([0, null]);
      expect(client).toEqual(node);
      await holdfast.run("wait", "--all");
    },
  );

  it.each(["SIGTERM", "SIGINT", "SIGHUP"])(
    "is ended by %s while its terminal is not read",
    async (signal) => {
      const id = await holdfast.submit("sh", "-c", "seq 100000");
      await holdfast.run("wait", String(id));
      expect(await python(unreadTerminal, signal, launcher, "logs", String(id))).toBe(
        `${signal}\n`,
      );
    },
  );

  it("is ended by a signal that was blocked when it was started", async () => {
    const id = await holdfast.submit("sleep", "100000");
    expect(await python(blockedSignal, "SIGTERM", launcher, "wait", String(id))).toBe("SIGTERM\n");
    await through("client", "cancel", String(id));
  });

  it("leaves nothing in the host when it is killed", async () => {
    // That of an earlier command may be about to close.
    await until(() => connectionsOfHost() === 0);
    const id = await holdfast.submit("sleep", "100000");
    const waiting = holdfast.start(["wait", String(id)], { through: "client" });
    await until(() => hasBegun(waiting.child.pid));
    expect(connectionsOfHost()).toBe(1);
    waiting.interrupt("SIGKILL");
    await waiting.ended;
    await until(() => connectionsOfHost() === 0);
    await through("client", "cancel", String(id));
  });

  it("continues over a restart of the server", async () => {
    const id = await holdfast.submit("sleep", "100000");
    const host = holdfast.host();
    const waiting = holdfast.start(["wait", String(id)], { through: "client" });
    await until(() => hasBegun(waiting.child.pid));
    expect((await holdfast.run("server", "restart")).code).toBe(0);
    await through("node", "kill", String(id));
    expect(await waiting.ended).toMatchObject({ code: 130 });
    // It has ended with its last command, and the new server has its own.
    await until(() => holdfast.host()?.pid !== host?.pid);
    await holdfast.hostReady();
  });

  it("is the client's in the receipt where its host has outlived the server", async () => {
    const id = await holdfast.submit("sleep", "100000");
    const cancel = holdfast.start(["cancel", "--all"], {
      through: "client",
      terminal: { rows: 24, columns: 100 },
    });
    await cancel.says(/type yes/);
    expect((await holdfast.run("server", "restart")).code).toBe(0);
    cancel.type("yes\n");
    expect((await cancel.ended).code).toBe(0);
    expect((await receiptOf(id)).stopRequests).toMatchObject([
      { client: { command: "holdfast-client" } },
    ]);
    await holdfast.hostReady();
  });

  it("continues in a host that reports a failed command after its server was killed", async () => {
    const id = await holdfast.submit("sleep", "100000");
    const host = holdfast.host()?.pid ?? NaN;
    const waiting = holdfast.start(["wait", String(id), "--no-autostart"], { through: "client" });
    await until(() => hasBegun(waiting.child.pid));
    process.kill((await holdfast.health()).pid, "SIGKILL");
    await until(() => hasNoParentOfTheServer(host));
    process.kill(host, "SIGUSR2");
    await until(() => existsSync(join(holdfast.stateDir, "failed")) || holdfast.host() === null);
    expect((await through("node", "server", "start")).code).toBe(0);
    expect((await through("node", "kill", String(id))).code).toBe(0);
    expect(await waiting.ended).toMatchObject({ code: 130 });
    await holdfast.hostReady();
  });

  it("starts no server for a client inside a job", async () => {
    const target = await holdfast.submit("sleep", "100000");
    const waiting = holdfast.start(["wait", String(target), "--no-autostart"], {
      through: "client",
    });
    await until(() => hasBegun(waiting.child.pid));
    const go = join(holdfast.stateDir, "go");
    execFileSync("mkfifo", [go]);
    // Without the job's own cookie, as a payload may do: only its parents show where it is.
    const script = `read -r go < "${go}"; unset HOLDFAST_ATTEMPT; "$0" ls 2>&1; echo ended`;
    await holdfast.submit("sh", "-c", script, launcher);
    const host = holdfast.host()?.pid ?? NaN;
    process.kill((await holdfast.health()).pid, "SIGKILL");
    await until(() => hasNoParentOfTheServer(host));
    writeFileSync(go, "go\n");
    await until(() => outputs().includes("ended\n"));
    expect(outputs()).toContain("This process belongs to a job");
    expect((await through("node", "ls", "--no-autostart")).code).not.toBe(0);
    expect((await through("node", "server", "start")).code).toBe(0);
    expect((await through("node", "kill", String(target))).code).toBe(0);
    await waiting.ended;
    await holdfast.hostReady();
  });

  it("finds a host after the server's socket was removed and made again", async () => {
    const socket = join(holdfast.stateDir, "run/server.sock");
    const before = holdfast.host()?.pid;
    rmSync(socket);
    await until(() => existsSync(socket));
    // Its commands have ended, and no new client finds it.
    await until(() => holdfast.host()?.pid !== before);
    await holdfast.hostReady();
  });

  it("says that its effect is unknown where the host is killed, and does not start again", async () => {
    const id = await holdfast.submit("sleep", "100000");
    const waiting = holdfast.start(["wait", String(id)], { through: "client" });
    await until(() => hasBegun(waiting.child.pid));
    process.kill(holdfast.host()?.pid ?? NaN, "SIGKILL");
    expect(await waiting.ended).toEqual({
      code: 70,
      stdout: "",
      stderr:
        "holdfast: The server's command host ended before this command did; what the command has done is unknown\n" +
        "  holdfast ls shows the jobs\n",
    });
    expect((await through("client", "cancel", String(id))).code).toBe(0);
  });
});

describe("the header with which the host names a client", () => {
  afterAll(() => holdfast.run("cancel", "--all"));

  it("is ignored in a request of any other process", async () => {
    const id = await holdfast.submit("sleep", "100000");
    const socket = join(holdfast.stateDir, "run/server.sock");
    const sent = request({
      socketPath: socket,
      path: `/api/v1/jobs/${id}/kill`,
      method: "POST",
      headers: { host: "localhost", "holdfast-on-behalf-of": "1 5" },
    });
    sent.end();
    const [answer] = (await once(sent, "response")) as [{ statusCode: number; resume(): void }];
    answer.resume();
    expect(answer.statusCode).toBe(202);
    await holdfast.run("wait", String(id));
    expect((await receiptOf(id)).stopRequests).toMatchObject([{ client: { pid: process.pid } }]);
  });
});

/** Both print which signal has ended the program, or that none has. `ready` is what the signal waits for. */
const printEnd = `
# Bounded by the test.
while not ready():
    time.sleep(0.02)
end = os.pidfd_open(pid)
os.kill(pid, getattr(signal, sys.argv[1]))
if select.select([end], [], [], ${longestWaitMs / 1000})[0]:
    status = os.waitpid(pid, 0)[1]
    print(signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else status)
else:
    os.kill(pid, signal.SIGKILL)
    print("it continues")
`;
const unreadTerminal = `
import array, fcntl, os, pty, select, signal, sys, termios, time
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])
last = 0
def ready():
    """The terminal has taken what it takes: nothing has been added since the last time."""
    global last
    before, unread = last, array.array("i", [0])
    fcntl.ioctl(terminal, termios.FIONREAD, unread)
    last = unread[0]
    with open(f"/proc/{pid}/stat") as file:
        sleeps = file.read().rsplit(")", 1)[1].split()[0] == "S"
    return sleeps and last > 0 and last == before
${printEnd}`;
const blockedSignal = `
import os, re, select, signal, sys, time
pid = os.fork()
if pid == 0:
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    os.execv(sys.argv[2], sys.argv[2:])
def ready():
    """The client handles SIGWINCH when it asks the host to begin."""
    with open(f"/proc/{pid}/status") as file:
        status = file.read()
    caught = int(re.search(r"SigCgt:\\s*(\\w+)", status)[1], 16)
    return "holdfast-client" in status and caught >> signal.SIGWINCH - 1 & 1 and "State:\\tS" in status
${printEnd}`;

async function python(program: string, ...args: string[]): Promise<string> {
  const child = spawn("python3", ["-c", program, ...args], {
    env: holdfast.env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => (text += part));
  await once(child, "close");
  return text;
}

/** The client handles SIGWINCH when it asks the host to begin, and then waits. Before that it would become Node. */
function hasBegun(pid: number | undefined): boolean {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const caught = BigInt(`0x${/^SigCgt:\s*(\w+)/m.exec(status)?.[1] ?? "0"}`);
  const isClient = /^Name:\s*holdfast-client/m.test(status);
  return isClient && (caught & (1n << 27n)) !== 0n && /^State:\s*S/m.test(status);
}

/** Sockets that the host has open, beside those that it always has. */
function connectionsOfHost(): number {
  const pid = holdfast.host()?.pid ?? NaN;
  const path = socketPathOf();
  const lines = readFileSync(`/proc/${pid}/net/unix`, "utf8").split("\n");
  return lines.filter((line) => line.endsWith(path) && / 03 \d+ /.test(line)).length;
}

function socketPathOf(): string {
  const listening = readFileSync("/proc/net/unix", "utf8").split("\n");
  const line = listening.find((one) => one.includes(`${holdfast.stateDir}/run/commands-`)) ?? "";
  return line.slice(line.indexOf("/"));
}

function hasNoParentOfTheServer(pid: number): boolean {
  const parent = /^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return !holdfast.processes().some((one) => one.pid === Number(parent));
}

/** Everything that jobs have written. */
function outputs(): string {
  const attempts = join(holdfast.stateDir, "attempts");
  const logs = globSync("*/*.log", { cwd: attempts });
  return logs.map((name) => readFileSync(join(attempts, name), "utf8")).join("\n");
}

function withoutAge(text: string): string {
  // The width of a column changes with them.
  return text
    .replaceAll(/\d+ ?(ms|s|m|h)(?![a-z])/g, "#")
    .replaceAll(/(# ?)+/g, "# ")
    .replaceAll(/ +/g, " ");
}
