import { spawn, type ChildProcess } from "node:child_process";
import { openSync, closeSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import type { Holders } from "../src/client/client.ts";
import { startedServer } from "./harness/started-server.ts";

const holdfast = startedServer();

const held = async (target: string) => {
  const { code, stdout } = await holdfast.run("holders", "--json", target);
  return { code, ...(JSON.parse(stdout) as Holders) };
};

test("a port is held by the process that listens on it, and by none afterwards", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  expect(await held(`port:${port}`)).toMatchObject({
    code: 0,
    holders: [{ pid: process.pid, by: ["listener"], jobId: null, hint: `kill ${process.pid}` }],
  });
  server.close();
  await once(server, "close");
  expect(await held(`port:${port}`)).toMatchObject({ code: 1, holders: [] });
});

test("a file is held by the process that has it open, and so is shared memory", async () => {
  for (const [target, path] of [
    [`file:${join(holdfast.stateDir, "held")}`, join(holdfast.stateDir, "held")],
    [`shm:/holdfast-test-${process.pid}`, `/dev/shm/holdfast-test-${process.pid}`],
  ] as const) {
    writeFileSync(path, "");
    const descriptor = openSync(path, "r");
    try {
      expect(await held(target)).toMatchObject({
        holders: [{ pid: process.pid, by: ["descriptor"] }],
      });
    } finally {
      closeSync(descriptor);
      rmSync(path);
    }
  }
});

test.runIf(process.getuid?.() === 0)(
  "a file is known in another mount namespace by what it is, not by its name",
  async () => {
    const path = `/dev/shm/holdfast-mounts-${process.pid}`;
    writeFileSync(path, "");
    // It has the file by another name, and another file by the file's name.
    const script = `mount --make-rprivate / && mkdir ${holdfast.stateDir}/shm && mount --bind /dev/shm ${holdfast.stateDir}/shm &&
      mount -t tmpfs tmpfs /dev/shm && : > ${path} && exec python3 -c 'import sys; one = open(sys.argv[1]); print("ready", flush=True); sys.stdin.read()' `;
    const open = async (name: string) => {
      const child = spawn("unshare", ["--mount", "sh", "-c", script + name], {
        stdio: ["pipe", "pipe", "inherit"],
      });
      for await (const line of createInterface({ input: child.stdout })) {
        expect(line).toBe("ready");
        break;
      }
      return child;
    };
    const end = async (child: ChildProcess) => {
      const ended = once(child, "exit");
      child.stdin?.end();
      await ended;
      rmdirSync(join(holdfast.stateDir, "shm"));
    };
    try {
      const namesake = await open(path);
      expect(await held(`file:${path}`)).toMatchObject({ holders: [] });
      await end(namesake);
      const holder = await open(`${holdfast.stateDir}/shm/holdfast-mounts-${process.pid}`);
      expect(await held(`file:${path}`)).toMatchObject({
        holders: [{ pid: holder.pid, by: ["descriptor"] }],
      });
      await end(holder);
    } finally {
      rmSync(path);
    }
  },
);

test("a job's process belongs to the job, and cancelling that frees it", async () => {
  const id = await holdfast.submit("--", "sleep", "600");
  const { attempt } = await holdfast.show(id);
  expect(await held(`pid:${attempt?.pid}`)).toMatchObject({
    holders: [{ jobId: id, jobLives: true, owner: `job ${id}`, hint: `holdfast cancel ${id}` }],
  });
  await holdfast.run("kill", String(id));
});

test("what is not there, and what cannot be asked, is said with what helps", async () => {
  expect(await holdfast.run("holders", "file:/nowhere/at/all")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("There is no /nowhere/at/all"),
  });
  expect(await holdfast.run("holders", "8000")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("port:8000"),
  });
});
