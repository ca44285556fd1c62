import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  endFixture,
  FixtureCannotRun,
  startFixture,
  type StartedFixture,
} from "../fixtures/start-fixture.ts";
import { fixturesFolder, makeWitnessDir } from "../fixtures/witness.ts";
import { childrenOf } from "../containment/live-process.ts";
import { startedServer } from "../harness/started-server.ts";
import { LeftBehind } from "../orphans/orphan.ts";
import { atOnce } from "../orphans/settings.ts";
import { about, examined, facetOf } from "./examined.ts";

const holdfast = startedServer({
  HOLDFAST_DOCTOR_WINDOW: "600ms",
  ...atOnce,
  HOLDFAST_DOCTOR_ZOMBIES: "1",
  HOLDFAST_DOCTOR_STUCK_FOR: "500ms",
});

let witnessDir: string;
beforeEach(async () => {
  witnessDir = await makeWitnessDir();
});
afterEach(() => rmSync(witnessDir, { recursive: true, force: true }));

test("another process that listens on a wanted port is a conflict; the job's own listener is not", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const port = String((server.address() as AddressInfo).port);
  const taken = await examined(holdfast, "--port", port);
  expect(about(taken.report, `port ${port}`)).toEqual(["port-conflict"]);
  expect(taken.report.verdicts.find((one) => one.subject === `port ${port}`)).toMatchObject({
    message: expect.stringContaining(`process ${process.pid} `),
    confidence: "proven",
    next: `holdfast holders port:${port}`,
  });
  expect(taken.code).toBeGreaterThanOrEqual(3);
  server.close();
  await once(server, "close");
  const script = `require("net").createServer().listen(${port}, "127.0.0.1", () => console.log("ready"))`;
  const id = await holdfast.submit("--grace", "0s", "--", process.execPath, "-e", script);
  await holdfast.start(["logs", "-f", String(id)]).says(/ready/);
  const own = await examined(holdfast, "--port", port, String(id));
  expect(about(own.report, `port ${port}`)).toEqual([]);
  await holdfast.run("kill", String(id));
});

test("a worker whose parent has ended is found, with the plan that would end it", async () => {
  const left = new LeftBehind();
  const bin = join(witnessDir, "bin");
  mkdirSync(bin);
  symlinkSync("/bin/sleep", join(bin, "ray::IDLE"));
  try {
    const path = `${bin}:${process.env["PATH"]}`;
    const { pid } = await left.orphan(["ray::IDLE", "300"], { PATH: path });
    const { report } = await examined(holdfast);
    expect(about(report, `pid ${pid}`)).toEqual(["orphan-worker"]);
    expect(report.verdicts.find(({ subject }) => subject === `pid ${pid}`)).toMatchObject({
      message: expect.stringContaining("ray::IDLE"),
      next: `holdfast orphans plan ${pid}`,
    });
    await left.end();
    expect(about((await examined(holdfast)).report, `pid ${pid}`)).toEqual([]);
  } finally {
    await left.end();
  }
});

test("a zombie that its parent does not reap, until its job has ended", async () => {
  const id = await holdfast.submit(
    "--grace",
    "0s",
    "-e",
    `WITNESS_DIR=${witnessDir}`,
    "--",
    join(fixturesFolder, "12-zombie"),
  );
  await holdfast.start(["logs", "-f", String(id)]).says(/ready/);
  const { report } = await examined(holdfast, String(id));
  expect(about(report, `job ${id}`)).toEqual(["zombies"]);
  expect(report.verdicts.find(({ verdict }) => verdict === "zombies")?.evidence.join()).toMatch(
    /1 are children of process \d+ \([^)]*12-zombie\)/,
  );
  await holdfast.run("kill", String(id));
  expect(await holdfast.run("doctor", String(id))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`holdfast show ${id}`),
  });
});

test("a process in state D is stuck until the kernel wakes it", async ({ skip }) => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-frozen-"));
  const mount = join(folder, "mount");
  let frozen: StartedFixture | null = null;
  let hung: StartedFixture | null = null;
  try {
    frozen = await startFixture("07-frozen-mount", [mount], { witnessDir });
    hung = await startFixture("07-d-state", [mount], { witnessDir });
    // Another test may have a process of the same name on this machine.
    const pids = [hung.pid, ...childrenOf(hung.pid).map(({ pid }) => pid)];
    const own = new RegExp(`\\b(${pids.join("|")})\\b`);
    const { report } = await examined(holdfast);
    const found = report.verdicts.find(
      ({ verdict, message }) => verdict === "stuck-process" && own.test(message),
    );
    expect(found, JSON.stringify(facetOf(report, "stuck"))).toMatchObject({
      confidence: "proven",
      unit: "ms",
    });
    expect(found?.evidence.join()).toMatch(/it waits in \w+ and did not run between \d+ samples/);
    const thawed = once(frozen.child, "exit");
    frozen.child.stdin?.end();
    await thawed;
    frozen = null;
    const after = await examined(holdfast);
    const stuck = after.report.verdicts.filter(({ verdict }) => verdict === "stuck-process");
    expect(stuck.filter(({ message }) => own.test(message))).toEqual([]);
  } catch (error) {
    if (!(error instanceof FixtureCannotRun)) throw error;
    skip(true, error.message);
  } finally {
    const over = frozen === null ? null : once(frozen.child, "exit");
    frozen?.child.stdin?.end();
    await over;
    if (hung !== null) await endFixture(hung);
    rmSync(folder, { recursive: true, force: true });
  }
});

test("a good run is recorded, and a worse run differs from it", async () => {
  const steps = (perSecond: number) =>
    `
    const fs = require("fs");
    const path = process.env.HOLDFAST_PROGRESS;
    let n = 0;
    setInterval(() => {
      fs.writeFileSync(path + ".new", (n += 1) + "/1000000");
      fs.renameSync(path + ".new", path);
    }, ${1000 / perSecond})`;
  const run = async (perSecond: number, ...args: string[]) => {
    const id = await holdfast.submit(
      "--grace",
      "0s",
      "--",
      process.execPath,
      "-e",
      steps(perSecond),
    );
    for (;;) if (((await holdfast.show(id)).progress?.done ?? 0) > 0) break;
    const found = await examined(holdfast, "--window", "2s", ...args, String(id));
    await holdfast.run("kill", String(id));
    return found.report;
  };
  const good = await run(100, "--record", "good");
  expect(facetOf(good, "throughput")?.state).toBe("measured");
  const bad = await run(2, "--compare", "good");
  expect(bad.comparedWith?.name).toBe("good");
  expect(bad.verdicts.map(({ subject }) => subject)).toContain("throughput.progress of job");
  expect(await holdfast.run("doctor", "--compare", "good")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("holdfast doctor --compare good JOB"),
  });
  expect(await holdfast.run("doctor", "--compare", "none")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("holdfast doctor --record none"),
  });
});
