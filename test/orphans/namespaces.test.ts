import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { afterEach, describe, expect, test } from "vitest";
import type { Leftovers, OrphanScan } from "../../src/client/client.ts";
import { inFirstPidNamespace } from "../../src/processes/pids-in-namespaces.ts";
import { liveProcess, until } from "../containment/live-process.ts";
import { startedServer } from "../harness/started-server.ts";
import { endChild, isAlive, LeftBehind } from "./orphan.ts";
import { atOnce, plan } from "./settings.ts";

/** A pid in a name or an argument is a pid in the PID namespace of the process that wrote it. */
const holdfast = startedServer(atOnce);
const isRoot = process.getuid?.() === 0;
const left = new LeftBehind();
const children: ChildProcess[] = [];
const made: string[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) await endChild(child);
  await left.end();
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
});

const asOther = ["setpriv", "--reuid=54323", "--regid=54323", "--clear-groups"];
/** As root, and as an ordinary user where the machine allows that. */
const unshare = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"];
const unshareAsUser = [...unshare, "--user", "--map-root-user"];
const kinds = [
  ["of root", unshare, isRoot],
  ["of an ordinary user", isRoot ? [...asOther, ...unshareAsUser] : unshareAsUser, true],
] as const;
const works = (line: readonly string[]) =>
  spawnSync(line[0] ?? "", [...line.slice(1), "true"], { stdio: "ignore" }).status === 0;

/** Runs a program in its own namespaces; `line` is its first line of output. */
async function within(
  namespace: readonly string[],
  ...command: readonly string[]
): Promise<{ child: ChildProcess; line: string }> {
  const [program = "", ...args] = [...namespace, ...command];
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout })) return { child, line };
  throw new Error("it ended without output");
}

/** The processes below a child of the test, as seen from outside. */
function below(pid: number): number[] {
  const { stdout } = spawnSync("ps", ["-eo", "pid=,ppid="], { encoding: "utf8" });
  const rows = stdout
    .trim()
    .split("\n")
    .map((row) => row.trim().split(/\s+/).map(Number));
  const found = [pid];
  for (const one of found)
    for (const [child = 0, parent] of rows) if (parent === one) found.push(child);
  return found.slice(1);
}

async function listed(name: string): Promise<Leftovers["leftovers"][number] | undefined> {
  const { stdout } = await holdfast.run("orphans", "leftovers", "--all-users", "--json");
  const own = stdout === "" ? await holdfast.run("orphans", "leftovers", "--json") : { stdout };
  return (JSON.parse(own.stdout) as Leftovers).leftovers.find((one) => one.name === name);
}

/** Takes the given pid, then becomes the parent of a compile worker, with its worker. */
const pool = `
import os, subprocess, sys
wanted, script = int(sys.argv[1]), sys.argv[2]
with open("/proc/sys/kernel/ns_last_pid", "w") as last:
    last.write(str(wanted - 1))
parent = os.fork()
if parent == 0:
    assert os.getpid() == wanted
    worker = subprocess.Popen([sys.executable, script, f"--parent={wanted}"], start_new_session=True)
    print("ready", flush=True)
    worker.wait()
else:
    os.waitpid(parent, 0)
`;

describe.each(kinds)("in a PID namespace %s", (_kind, namespace, wanted) => {
  const here = wanted && works(namespace);
  // Near the highest pid, so that no process outside has it.
  const number = Number(readFileSync("/proc/sys/kernel/pid_max", "utf8")) - 7;

  test.runIf(here)("a worker that names its parent by its pid there is not suspected", async () => {
    const folder = join(tmpdir(), `holdfast-namespaces-${process.pid}/compile_worker`);
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    made.push(join(folder, ".."));
    const script = join(folder, "__main__.py");
    writeFileSync(script, "import time\ntime.sleep(600)\n");
    const { child } = await within(namespace, "/usr/bin/python3", "-c", pool, "101", script);
    const isWorker = (pid: number) =>
      spawnSync("ps", ["-o", "args=", "-p", String(pid)], { encoding: "utf8" }).stdout.includes(
        `${script} --parent=101`,
      );
    let worker = 0;
    await until(() => {
      worker = below(child.pid ?? 0).find(isWorker) ?? 0;
      return worker !== 0;
    });
    const suspects = async () => {
      const every = isRoot ? ["--all-users"] : [];
      const { stdout } = await holdfast.run("orphans", "--json", ...every);
      const { suspects: all } = JSON.parse(stdout) as OrphanScan;
      return all.filter(({ processes }) => processes.some(({ pid }) => pid === worker));
    };
    expect(await suspects()).toEqual([]);
    expect((await plan(holdfast, worker)).trees).toEqual([]);
    expect(isAlive(liveProcess(worker))).toBe(true);
  });

  test.runIf(here && inFirstPidNamespace())(
    "a file named after a living process there is not a leftover",
    async () => {
      const code = `
import os, sys
with open("/proc/sys/kernel/ns_last_pid", "w") as last:
    last.write("${number - 1}")
child = os.fork()
if child == 0:
    path = f"/dev/shm/joblib_memmapping_folder_{os.getpid()}_holdfast"
    os.mkdir(path)
    print(path, flush=True)
    sys.stdin.read()
    os._exit(0)
os.waitpid(child, 0)`;
      const { child, line: path } = await within(namespace, "/usr/bin/python3", "-c", code);
      made.push(path);
      expect(path).toContain(`_${number}_`);
      expect(await listed(path)).toBeUndefined();
      await endChild(child);
      await until(() => below(child.pid ?? 0).length === 0);
      expect(await listed(path)).toMatchObject({ makerPid: number, confidence: "proven" });
    },
  );
});

const bind = (path: string, where = "/") => `
import os, socket, sys
os.chdir("${where}")
listener = socket.socket(socket.AF_UNIX)
listener.bind("${path}")
print("ready", flush=True)
sys.stdin.read()`;

const unshareNet = ["unshare", "--user", "--map-root-user", "--net"];
const networks = [
  ["of root", ["unshare", "--net"], isRoot],
  ["of an ordinary user", isRoot ? [...asOther, ...unshareNet] : unshareNet, true],
] as const;

describe.each(networks)("in a network namespace %s", (_kind, namespace, wanted) => {
  test.runIf(wanted && works(namespace))(
    "a socket that does not listen yet is not a leftover",
    async () => {
      const folder = join(tmpdir(), `pymp-holdfast-net-${process.pid}`);
      mkdirSync(folder);
      made.push(folder);
      chmodSync(folder, 0o777);
      const path = join(folder, "listener-there");
      const { child } = await within(namespace, "/usr/bin/python3", "-c", bind(path));
      expect(await listed(path)).toBeUndefined();
      await endChild(child);
      expect(await listed(path)).toMatchObject({ kind: "socket", confidence: "proven" });
    },
  );
});

test("a socket that was bound to a relative path and does not listen yet is not proven", async () => {
  const folder = join(tmpdir(), `pymp-holdfast-relative-${process.pid}`);
  mkdirSync(folder, { mode: 0o700 });
  made.push(folder);
  const { child } = await within([], "/usr/bin/python3", "-c", bind("listener-here", folder));
  const path = join(folder, "listener-here");
  expect(await listed(path)).toMatchObject({ confidence: "weak" });
  await endChild(child);
  expect(await listed(path)).toMatchObject({ confidence: "proven" });
});
