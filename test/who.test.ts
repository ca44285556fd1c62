import { openSync, closeSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Who } from "../src/client/client.ts";
import { startedServer } from "./harness/started-server.ts";

const holdfast = startedServer();

const who = async (target: string) => {
  const { code, stdout } = await holdfast.run("who", "--json", target);
  return { code, ...(JSON.parse(stdout) as Who) };
};

test("a port is held by who listens on it, and by nobody afterwards", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  expect(await who(`port:${port}`)).toMatchObject({
    code: 0,
    holders: [{ pid: process.pid, by: ["listener"], jobId: null, hint: `kill ${process.pid}` }],
  });
  server.close();
  await once(server, "close");
  expect(await who(`port:${port}`)).toMatchObject({ code: 1, holders: [] });
});

test("a file is held by who has it open, shared memory alike", async () => {
  for (const [target, path] of [
    [`file:${join(holdfast.stateDir, "held")}`, join(holdfast.stateDir, "held")],
    [`shm:/holdfast-test-${process.pid}`, `/dev/shm/holdfast-test-${process.pid}`],
  ] as const) {
    writeFileSync(path, "");
    const descriptor = openSync(path, "r");
    try {
      expect(await who(target)).toMatchObject({
        holders: [{ pid: process.pid, by: ["descriptor"] }],
      });
    } finally {
      closeSync(descriptor);
      rmSync(path);
    }
  }
});

test("a job's process belongs to the job, and cancelling that frees it", async () => {
  const id = await holdfast.submit("--", "sleep", "600");
  const { attempt } = await holdfast.show(id);
  expect(await who(`pid:${attempt?.pid}`)).toMatchObject({
    holders: [{ jobId: id, jobLives: true, owner: `job ${id}`, hint: `holdfast cancel ${id}` }],
  });
  await holdfast.run("kill", String(id));
});

test("what is not there, and what cannot be asked, is said with what helps", async () => {
  expect(await holdfast.run("who", "file:/nowhere/at/all")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("There is no /nowhere/at/all"),
  });
  expect(await holdfast.run("who", "8000")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("port:8000"),
  });
});
