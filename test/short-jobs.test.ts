import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { untilTerminal } from "./containment/observation.ts";
import { PrivateServer } from "./containment/private-server.ts";

const jobs = 40;
const threads = 400;
/** A job that searched the machine made about 1,650 reads. */
const readsPerJob = 150;

let server: PrivateServer;
beforeEach(async () => {
  server = await PrivateServer.start({ cgroup: "auto" });
});
afterEach(() => server.end());

/** How often the server has called read, in all of its threads. */
const readCalls = () =>
  Number(/^syscr: (\d+)/m.exec(readFileSync(`/proc/${server.pid}/io`, "utf8"))?.[1]);

test("jobs that end at once are settled without reading what else runs on the machine", async () => {
  // Node starts all threads of its pool when it first needs one.
  const program = 'require("fs").stat("/", () => console.log("up")); setInterval(() => {}, 1e9);';
  const bystander = spawn(process.execPath, ["-e", program], {
    env: { UV_THREADPOOL_SIZE: String(threads) },
    stdio: ["ignore", "pipe", "ignore"],
  });
  try {
    await once(bystander.stdout, "data");
    const { job: first } = await server.client.submit({ command: ["true"], cwd: "/" });
    await untilTerminal(server.connection, first.id);
    const before = readCalls();
    const submitted = await Promise.all(
      Array.from({ length: jobs }, () => server.client.submit({ command: ["true"], cwd: "/" })),
    );
    const ends = submitted.map(({ job }) => untilTerminal(server.connection, job.id));
    expect(new Set(await Promise.all(ends))).toEqual(new Set(["succeeded"]));
    expect((readCalls() - before) / jobs).toBeLessThan(readsPerJob);
  } finally {
    bystander.kill("SIGKILL");
    await once(bystander, "exit");
  }
});
