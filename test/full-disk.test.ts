import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { RefusalError } from "../src/contract/problems.ts";
import { untilAnswered } from "./containment/live-process.ts";
import { PrivateServer } from "./containment/private-server.ts";
import { fromEvents, untilTerminal } from "./containment/observation.ts";
import { Disk } from "./torture/disk.ts";

let disk = Disk.mount(32);

let server: PrivateServer;
beforeEach(async () => {
  if (disk !== null) server = await PrivateServer.start({ cgroup: "auto", under: disk.path });
});
afterEach(async () => {
  disk?.free();
  await server.end();
  disk?.unmount();
  disk = Disk.mount(32);
});
afterAll(() => disk?.unmount());

async function untilNoProcess(id: number): Promise<void> {
  let left: unknown;
  const isEmpty = async () => {
    const { processes } = await server.client.processes(id);
    left = processes;
    return processes.length === 0;
  };
  await untilAnswered(isEmpty, () => JSON.stringify(left));
}

test.runIf(disk !== null)(
  "with a full disk a running job is stopped all the same; its end is recorded when there is room",
  async () => {
    const env = { PATH: process.env["PATH"] ?? "" };
    const request = { command: ["sleep", "600"], cwd: "/", env, retries: { max: 3 } };
    const { job } = await server.client.submit(request);
    await fromEvents(server.connection, job.id, ({ state }) =>
      state === "running" ? 1 : undefined,
    );
    const { job: held } = await server.client.submit({ ...request, held: true });
    disk?.fill();

    expect(await server.client.cancel(job.id)).toMatchObject({
      message: expect.stringContaining("takes no record") as string,
    });
    // A job that does not run exists only as a record.
    await expect(server.client.cancel(held.id)).rejects.toSatisfy(
      (error) => error instanceof RefusalError && error.refusal.code === "storage_full",
    );
    while ((await server.client.processes(job.id)).processes.length > 0);
    let now = await server.client.show(job.id);
    while (now.stopping?.phase !== "recording") now = await server.client.show(job.id);
    expect(now.endedAtMs).toBeNull();

    disk?.free();
    await untilTerminal(server.connection, job.id);
    expect(await server.client.show(job.id)).toMatchObject({
      state: "cancelled",
      outcome: { reason: "cancel" },
      attempt: { number: 1 },
    });
    expect((await server.client.show(held.id)).state).toBe("held");
    await server.client.cancel(held.id);
  },
);

test.runIf(disk !== null)(
  "a disk that was full while a job ran is in its receipt and its message, with what saw it",
  async () => {
    const { client, connection } = server;
    const env = { PATH: process.env["PATH"] ?? "" };
    const command = ["sh", "-c", "while :; do echo output; sleep 0.01; done"];
    const { job } = await client.submit({ command, cwd: "/", env });
    await fromEvents(connection, job.id, ({ state }) => (state === "running" ? 1 : undefined));
    disk?.fill();
    let now = await client.show(job.id);
    const isReported = async () => {
      // Fill again the part of the last block that its output leaves.
      disk?.fill();
      now = await client.show(job.id);
      return now.message !== null;
    };
    await untilAnswered(isReported, () => JSON.stringify(now));
    expect(now.message).toContain("the disk is full, as its keeper sees it");
    await client.kill(job.id);
    await untilNoProcess(job.id);
    disk?.free();
    await untilTerminal(connection, job.id);

    const { diskFull = [] } = await client.receipt(job.id);
    const byKeeper = diskFull.find(({ seenBy }) => seenBy === "keeper");
    expect(byKeeper?.lastMs).toBeGreaterThanOrEqual(byKeeper?.firstMs ?? Infinity);
    expect((await client.show(job.id)).message).toContain("the disk was seen full");

    const { job: other } = await client.submit({ command: ["true"], cwd: "/", env });
    await untilTerminal(connection, other.id);
    expect((await client.receipt(other.id)).diskFull).toEqual([]);
    expect((await client.show(other.id)).message).not.toContain("full");
  },
);

test.runIf(disk !== null)(
  "with a full disk ended jobs can be removed, also by a server that starts there, and that frees the space",
  async () => {
    const { client, connection } = server;
    const env = { PATH: process.env["PATH"] ?? "" };
    const ended = async (...command: string[]) => {
      const { job } = await client.submit({ command, cwd: "/", env });
      await untilTerminal(connection, job.id);
      return job.id;
    };
    const small = await ended("true");
    const large = await ended("head", "-c", "8388608", "/dev/zero");
    const last = await ended("true");
    disk?.fill();
    await client.remove(small);
    disk?.fill();
    await client.remove(large);
    expect(disk?.freeBytes()).toBeGreaterThan(7_000_000);
    expect((await client.list({})).jobs.map(({ id }) => id)).toEqual([last]);

    disk?.fill();
    await server.kill();
    disk?.fill();
    await server.start();
    await client.remove(last);
    expect((await client.list({})).jobs).toEqual([]);
  },
);
