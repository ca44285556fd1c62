import { readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, expect, test } from "vitest";
import type { WatchEvent } from "../../src/client/orphan-watch.ts";
import type { LiveProcess } from "../containment/live-process.ts";
import type { Command } from "../harness/command.ts";
import { PrivateServer } from "../harness/private-server.ts";
import { startedServer } from "../harness/started-server.ts";
import { isAlive, LeftBehind } from "./orphan.ts";
import { atOnce } from "./settings.ts";

const reaping = { HOLDFAST_ORPHANS_WATCH_REAP: "left-by-job", HOLDFAST_ORPHANS_WATCH_AFTER: "0" };
const holdfast = startedServer({ ...atOnce, ...reaping });
const left = new LeftBehind();
afterEach(() => left.end());

/** A process with the cookie of a job that has ended. */
async function leftByJob(server: PrivateServer): Promise<LiveProcess> {
  const id = Number(await server.ended("--", "true"));
  const { attempt } = await server.show(id);
  return left.orphan(["sleep", "600"], { HOLDFAST_ATTEMPT: attempt?.id ?? "" });
}

/** The first event of this type that names the process. */
async function heard(
  watch: Command,
  type: WatchEvent["type"],
  { pid }: LiveProcess,
): Promise<WatchEvent> {
  const line = new RegExp(`^(?=.*"type":"${type}").*"pid":${pid},.*$`, "m");
  return JSON.parse((await watch.says(line))[0]) as WatchEvent;
}

test("a dry watch reports a suspect once, reaps nothing, and ends at Ctrl+C", async () => {
  const orphan = await leftByJob(holdfast);
  const watch = holdfast.start(["watch", "--dry-run", "--interval", "1s", "--json"]);
  const found = await heard(watch, "found", orphan);
  expect(found.suspect).toMatchObject({ class: "left-by-job", root: orphan.pid });
  await watch.says(/("type":"round"[^]*){3}/);
  expect(isAlive(orphan)).toBe(true);
  watch.interrupt();
  const { code, stdout } = await watch.ended;
  expect(code).toBe(0);
  expect(stdout).not.toContain('"type":"reaped"');
  expect(
    stdout.match(
      new RegExp(
        `"type":"found".*"root":${orphan.pid},|"root":${orphan.pid},.*"type":"found"`,
        "g",
      ),
    ),
  ).toHaveLength(1);
});

test("only suspects of the configured classes are reaped after two rounds, with a plan and a receipt", async () => {
  const orphan = await leftByJob(holdfast);
  const other = await left.orphan(["sleep", "601"]);
  const watch = holdfast.start(["watch", "--interval", "1s", "--json"]);
  const { receipt } = await heard(watch, "reaped", orphan);
  watch.interrupt("SIGTERM");
  const { code, stdout } = await watch.ended;
  expect(code).toBe(0);
  expect(isAlive(orphan)).toBe(false);
  expect(isAlive(other)).toBe(true);
  expect(receipt).toMatchObject({ automatic: true, dryRun: false });
  expect(receipt?.processes).toMatchObject([{ pid: orphan.pid, end: "term" }]);
  const rounds = stdout.slice(0, stdout.indexOf('"type":"reaped"')).split('"type":"round"').length;
  expect(rounds).toBeGreaterThanOrEqual(2);
  const file = join(holdfast.stateDir, `orphans/receipt-${receipt?.plan}.json`);
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(receipt);
  const shown = await holdfast.run("orphans", "receipt", String(receipt?.plan), "--json");
  expect(JSON.parse(shown.stdout)).toEqual(receipt);
});

test("a watch with a duration ends after it, and reports if that was too short to inspect anything", async () => {
  const ended = await holdfast.run("watch", "--duration", "1ms", "--json");
  expect(ended).toMatchObject({ code: 1, stdout: "" });
  expect(ended.stderr).toContain("nothing was inspected");
});

test("a server without a watch explains how to enable it", async () => {
  const { code, stderr } = await holdfast.run("watch", "--follow");
  expect(code).toBe(1);
  expect(stderr).toContain("orphans.watch = true");
});

test("the server's own watch can be followed, is counted and reaps", async () => {
  const watching = new PrivateServer({
    ...atOnce,
    ...reaping,
    HOLDFAST_ORPHANS_WATCH: "1",
    HOLDFAST_ORPHANS_WATCH_INTERVAL: "1s",
  });
  try {
    await watching.up();
    const watch = watching.start(["watch", "--follow", "--json"]);
    await watch.says(/"type":"round"/);
    const orphan = await leftByJob(watching);
    await heard(watch, "reaped", orphan);
    watch.interrupt();
    expect((await watch.ended).code).toBe(0);
    const metrics = await scrape(join(watching.stateDir, "run/server.sock"));
    expect(metrics).toMatch(/^holdfast_orphan_watch_rounds_total\{result="done"\} [1-9]/m);
    expect(metrics).toMatch(/^holdfast_orphans_found_total\{class="left-by-job"\} 1$/m);
    expect(metrics).toMatch(/^holdfast_orphans_reaped_total\{end="term"\} 1$/m);
  } finally {
    await watching.remove();
  }
});

test("with --alone it needs no server and starts none, and reads jobs and adopted processes from the database", async () => {
  const own = new PrivateServer({ ...atOnce, ...reaping });
  try {
    await own.up();
    const orphan = await leftByJob(own);
    const adopted = await left.orphan(["sleep", "601"]);
    const { stdout } = await own.run("adopt", String(adopted.pid));
    while ((await own.show(Number(stdout))).state !== "running");
    await own.run("server", "stop");
    const watch = own.start(["watch", "--alone", "--interval", "1s", "--json"]);
    expect((await heard(watch, "reaped", orphan)).receipt?.processes).toMatchObject([
      { pid: orphan.pid, end: "term" },
    ]);
    watch.interrupt();
    const ended = await watch.ended;
    expect(ended.code).toBe(0);
    expect(ended.stdout).not.toContain(`"root":${adopted.pid},`);
    expect([isAlive(orphan), isAlive(adopted)]).toEqual([false, true]);
    expect((await own.run("server", "status")).code).not.toBe(0);
    await own.up();
    await own.run("kill", stdout.trim());
  } finally {
    await own.remove();
  }
});

test("a watch that was started before there was a database knows the jobs of a later server", async () => {
  const own = new PrivateServer({
    ...atOnce,
    HOLDFAST_ORPHANS_WATCH_REAP: "left-by-job,parent-gone",
    HOLDFAST_ORPHANS_WATCH_AFTER: "0",
  });
  try {
    const watch = own.start(["watch", "--alone", "--interval", "1s", "--json"]);
    await watch.says(/"type":"round"/);
    await own.up();
    const orphan = await leftByJob(own);
    expect((await heard(watch, "reaped", orphan)).receipt?.processes).toMatchObject([
      { pid: orphan.pid, end: "term" },
    ]);
    watch.interrupt();
    expect((await watch.ended).code).toBe(0);
  } finally {
    await own.remove();
  }
});

async function scrape(socketPath: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const asked = request({ socketPath, path: "/metrics", agent: false }, (answer) =>
    resolve(text(answer)),
  );
  asked.on("error", reject).end();
  return promise;
}
