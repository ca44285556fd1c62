import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  childrenOf,
  killLive,
  liveProcess,
  signalLive,
  until,
} from "../containment/live-process.ts";
import {
  endFixture,
  FixtureCannotRun,
  startFixture,
  type StartedFixture,
} from "../fixtures/start-fixture.ts";
import { fixturesFolder, makeWitnessDir } from "../fixtures/witness.ts";
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

const states = async (id: number, pattern: RegExp) => {
  for (;;) {
    const { state } = await holdfast.show(id);
    if (pattern.test(state)) return;
  }
};

test("somebody else's listener on a wanted port is a conflict, the job's own is none", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const port = String((server.address() as AddressInfo).port);
  const taken = await examined(holdfast, "--port", port);
  expect(about(taken.report, `port ${port}`)).toEqual(["port-conflict"]);
  expect(taken.report.verdicts.find((one) => one.subject === `port ${port}`)).toMatchObject({
    words: expect.stringContaining(`process ${process.pid} `),
    confidence: "proven",
    next: `holdfast who port:${port}`,
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

test("a worker whose parent has gone is found, with the plan that would end it", async () => {
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
      words: expect.stringContaining("ray::IDLE"),
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
    /1 are children of process \d+ \(12-zombie\)/,
  );
  await holdfast.run("kill", String(id));
  expect(await holdfast.run("doctor", String(id))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`holdfast show ${id}`),
  });
});

test("a process in state D is stuck, until the kernel lets it go", async ({ skip }) => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-frozen-"));
  const mount = join(folder, "mount");
  let frozen: StartedFixture | null = null;
  let hung: StartedFixture | null = null;
  try {
    frozen = await startFixture("07-frozen-mount", [mount], { witnessDir });
    hung = await startFixture("07-d-state", [mount], { witnessDir });
    const { report } = await examined(holdfast);
    const found = report.verdicts.find(
      (one) => one.verdict === "stuck-process" && one.words.includes("07-d-state"),
    );
    expect(found, JSON.stringify(facetOf(report, "stuck"))).toMatchObject({
      confidence: "proven",
      unit: "ms",
    });
    expect(found?.evidence.join()).toMatch(/it waits in \w+ and has not run in \d+ looks/);
    const thawed = once(frozen.child, "exit");
    frozen.child.stdin?.end();
    await thawed;
    frozen = null;
    const after = await examined(holdfast);
    expect(after.report.verdicts.map(({ words }) => words).join()).not.toContain("07-d-state");
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

test("a server that does not answer is found, and one that was stopped", async () => {
  const { pid } = await holdfast.health();
  const server = liveProcess(pid);
  signalLive(server, "STOP");
  try {
    const { code, report } = await examined(holdfast);
    expect(about(report, "server")).toEqual(["server-hangs"]);
    expect(code).toBe(4);
  } finally {
    signalLive(server, "CONT");
  }
  await holdfast.run("server", "stop");
  const { report } = await examined(holdfast);
  expect(about(report, "server")).toEqual(["server-down"]);
  expect(report.verdicts.find(({ subject }) => subject === "server")?.next).toBe(
    "holdfast server start",
  );
  await holdfast.up();
  expect(about((await examined(holdfast)).report, "server")).toEqual([]);
}, 180_000);

test("without a server a running job is known by its folder, keeper and processes alike", async () => {
  const id = await holdfast.submit("--grace", "0s", "--", "sleep", "300");
  await states(id, /running/);
  await holdfast.run("server", "stop");
  const { report } = await examined(holdfast, String(id));
  expect(facetOf(report, "processes")).toMatchObject({
    state: "measured",
    figures: [
      { name: "processes.expected", subject: "job", value: 1 },
      { name: "processes.found", subject: "job", value: 1 },
    ],
  });
  expect(about(report, `job ${id}`)).toEqual([]);
  await holdfast.up();
  await holdfast.run("kill", String(id));
});

test("a job whose keeper was killed while no server saw it has nobody who keeps its limits", async () => {
  const id = await holdfast.submit("--grace", "0s", "--", "sh", "-c", "sleep 300 & wait");
  await states(id, /running/);
  const { attempt } = await holdfast.show(id);
  const main = attempt?.pid ?? 0;
  await until(() => childrenOf(main).length === 1);
  await holdfast.run("server", "stop");
  await killLive(liveProcess(attempt?.keeperPid ?? 0));
  const { code, report } = await examined(holdfast, String(id));
  const verdict = report.verdicts.find(({ subject }) => subject === `job ${id}`);
  expect(["keeper-missing", "process-missing"]).toContain(verdict?.verdict);
  expect(verdict).toMatchObject({ severity: "critical", next: "holdfast server start" });
  expect(code).toBe(4);
  await holdfast.up();
  await holdfast.run("wait", String(id));
  expect((await holdfast.show(id)).state).toBe("lost");
  expect(about((await examined(holdfast)).report, `job ${id}`)).toEqual([]);
});

test("Ctrl+C ends the window and shows what was measured; a killed command leaves no doctor behind", async () => {
  const early = holdfast.startOnTerminal(["doctor", "--window", "10m"]);
  await early.says(/Ctrl\+C ends it early/);
  early.type("\u0003");
  const { code, stdout } = await early.ended;
  expect(stdout).toMatch(/ended early/);
  expect([0, 3, 4]).toContain(code);
  const killed = holdfast.start(["doctor", "--window", "10m"]);
  await until(() => holdfast.jobProcesses().length >= 2);
  killed.interrupt("SIGKILL");
  await until(() => holdfast.jobProcesses().length === 0);
});

test("a good run is recorded, and a worse one is told from it", async () => {
  const steps = (perSecond: number) =>
    `
    const fs = require("fs");
    const path = process.env.HOLDFAST_PROGRESS;
    let n = 0;
    setInterval(() => {
      fs.writeFileSync(path + ".new", (n += 1) + "/1000000");
      fs.renameSync(path + ".new", path);
    }, ${1000 / perSecond})`;
  const run = async (perSecond: number, ...words: string[]) => {
    const id = await holdfast.submit(
      "--grace",
      "0s",
      "--",
      process.execPath,
      "-e",
      steps(perSecond),
    );
    for (;;) if (((await holdfast.show(id)).progress?.done ?? 0) > 0) break;
    const found = await examined(holdfast, "--window", "2s", ...words, String(id));
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
