import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { HistoryLine } from "../src/contract/history.ts";
import { untilTerminal } from "./containment/observation.ts";
import { PrivateServer } from "./containment/private-server.ts";
import { documents, holdfast } from "./rescue-program.ts";

let from: PrivateServer;
let to: PrivateServer;
beforeEach(async () => {
  from = await PrivateServer.start({ cgroup: "auto" });
  to = await PrivateServer.start({ cgroup: "auto" });
});
afterEach(async () => {
  await from.end();
  await to.end();
});

async function ended(server: PrivateServer, code: number): Promise<number> {
  const command = ["sh", "-c", `exit ${code}`];
  const { job } = await server.client.submit({
    command,
    cwd: "/",
    tags: ["night"],
    env: { SECRET: "hush" },
  });
  await untilTerminal(server.connection, job.id);
  return job.id;
}

test("an exported history is the same where it is imported, and only once", async () => {
  const seven = await ended(from, 7);
  await from.client.submit({ command: ["true"], cwd: "/", held: true });
  const exported = await holdfast(from, "export");
  expect(exported).toMatchObject({ code: 0, stderr: "" });
  expect(exported.stdout).not.toContain("hush");
  expect(documents<HistoryLine>(exported.stdout)).toMatchObject([{ job: { id: seven } }]);
  const path = join(to.folder, "history.ndjson");
  writeFileSync(path, exported.stdout);

  // Its number is taken here.
  const own = await ended(to, 3);
  expect(own).toBe(seven);
  expect(await holdfast(to, "import", path)).toMatchObject({ code: 73 });
  await to.kill("SIGTERM");
  expect((await holdfast(to, "import", path)).stderr).toBe("jobs added: 1, there already: 0\n");
  expect((await holdfast(to, "import", path)).stderr).toBe("jobs added: 0, there already: 1\n");
  await to.start();

  const { jobs } = await to.client.list({ tag: "night" });
  expect(new Set(jobs.map(({ outcome }) => outcome?.code))).toEqual(new Set([3, 7]));
  const imported = jobs.find(({ id }) => id !== own);
  const { jobId: _, ...receipt } = await from.client.receipt(seven);
  expect(await to.client.receipt(imported?.id ?? 0)).toMatchObject(receipt);
  await to.client.remove(imported?.id ?? 0);
});

test("a retried job comes with all its attempts, and with --logs with their output", async () => {
  const { job } = await from.client.submit({
    command: ["sh", "-c", 'echo "run $HOLDFAST_RETRY"; echo oh >&2; [ "$HOLDFAST_RETRY" = 1 ]'],
    cwd: "/",
    env: { PATH: process.env["PATH"] ?? "" },
    output: "split",
    retries: { max: 1, on: ["failed"], delayMs: 0 },
  });
  await untilTerminal(from.connection, job.id);
  const logs = join(to.folder, "logs");
  const exported = await holdfast(from, "export", "--logs", logs);
  expect(exported).toMatchObject({ code: 0, stderr: "" });
  const path = join(to.folder, "history.ndjson");
  writeFileSync(path, exported.stdout);

  await to.kill("SIGTERM");
  expect(await holdfast(to, "import", "--logs", logs, path)).toMatchObject({ code: 0 });
  await to.start();
  for (const [attempt, state] of [
    [1, "failed"],
    [2, "succeeded"],
  ] as const) {
    expect(await to.client.receipt(job.id, attempt)).toMatchObject({ state });
    const log = await holdfast(to, "logs", String(job.id), "--attempt", String(attempt));
    expect(log.stdout).toBe(`run ${attempt - 1}\n`);
  }
  expect((await holdfast(to, "logs", "--stderr", String(job.id))).stdout).toBe("oh\n");
  await to.client.remove(job.id);
  expect(readdirSync(join(to.stateDir, "attempts"))).toEqual([]);
});

test("an attempt whose id is not a UUID, and would name another folder, is refused", async () => {
  await ended(from, 7);
  const exported = await holdfast(from, "export");
  const [line] = documents<HistoryLine>(exported.stdout);
  if (line?.job.attempt === undefined || line.job.attempt === null) throw new Error("no attempt");
  line.job.attempt.id = "../../elsewhere";
  const path = join(to.folder, "wrong.ndjson");
  writeFileSync(path, JSON.stringify(line));
  await to.kill("SIGTERM");
  const { code, stderr } = await holdfast(to, "import", path);
  expect({ code, stderr }).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("not a UUID") as string,
  });
  await to.start();
});

test("a line that is not history is refused with its number", async () => {
  await to.kill("SIGTERM");
  const path = join(to.folder, "wrong.ndjson");
  writeFileSync(path, '{"holdfast":1}\n');
  const { code, stderr } = await holdfast(to, "import", path);
  expect(code).toBe(2);
  expect(stderr).toContain("line 1: job");
  expect((await holdfast(to, "import", "/nonexistent")).stderr).toContain("ENOENT");
  await to.start();
});
