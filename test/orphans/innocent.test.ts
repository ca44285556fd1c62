import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { startedServer } from "../harness/started-server.ts";
import { LeftBehind } from "./orphan.ts";
import { atOnce, plan, reap, scan } from "./settings.ts";

const holdfast = startedServer(atOnce);
const left = new LeftBehind();
afterEach(() => left.end());

const suspected = async (pid: number) =>
  (await scan(holdfast)).find(({ processes }) => processes.some((one) => one.pid === pid)) ?? null;

const hasTmux = spawnSync("tmux", ["-V"], { stdio: "ignore" }).status === 0;

test.runIf(hasTmux)("a tmux session and the processes in it are not suspected", async () => {
  const tmux = (...args: string[]) =>
    spawnSync("tmux", ["-L", "holdfast-test", "-f", "/dev/null", ...args], {
      env: { ...process.env, TMUX_TMPDIR: holdfast.stateDir, TERM: "xterm" },
      encoding: "utf8",
    });
  try {
    tmux("new-session", "-d", "exec sleep 600");
    const said = tmux("display-message", "-p", "#{pid} #{pane_pid}").stdout.trim().split(" ");
    const [server = 0, pane = 0] = said.map(Number);
    expect([server > 1, pane > 1]).toEqual([true, true]);
    expect([await suspected(server), await suspected(pane)]).toEqual([null, null]);
    expect((await plan(holdfast, server, pane)).trees).toEqual([]);
  } finally {
    tmux("kill-server");
  }
});

test("an orphan with a rule's text in its arguments matches no rule", async () => {
  const name = join(holdfast.stateDir, "loky.backend.popen_loky_posix");
  writeFileSync(name, "");
  const { pid } = await left.orphan(["tail", "-f", name, "-n", "1"]);
  expect(await suspected(pid)).toMatchObject({ class: "cpu-without-session", rule: null });
});

test("a shell's background job is a weak suspect when its session is gone, and no plan includes it without a request", async () => {
  const { pid } = await left.orphan(["sleep", "600"]);
  expect(await suspected(pid)).toMatchObject({
    class: "cpu-without-session",
    confidence: "weak",
    action: "report",
  });
  const { trees, left: others } = await plan(holdfast);
  expect(trees.map(({ root }) => root)).not.toContain(pid);
  expect(others.find(({ root }) => root === pid)?.why).toContain("only reported");
});

test("a running job is not suspected; a process with the cookie of an ended job is, and a plan includes it", async () => {
  const running = await holdfast.submit("--", "sleep", "600");
  const ended = await holdfast.ended("--", "true");
  const attemptOf = async (id: number) => (await holdfast.show(id)).attempt?.id ?? "";
  const mark = async (id: number) => ({ HOLDFAST_ATTEMPT: await attemptOf(id) });
  const ofRunning = await left.orphan(["sleep", "601"], await mark(running));
  const ofEnded = await left.orphan(["sleep", "602"], await mark(Number(ended)));
  expect(await suspected(ofRunning.pid)).toBeNull();
  expect(await suspected(ofEnded.pid)).toMatchObject({
    class: "left-by-job",
    jobId: Number(ended),
    confidence: "likely",
  });
  const proposed = (await plan(holdfast)).trees.map(({ root }) => root);
  expect(proposed).toContain(ofEnded.pid);
  expect(proposed).not.toContain(ofRunning.pid);
  // The machine may have other orphans, which this test must not end.
  const planned = await plan(holdfast, ofEnded.pid);
  const { receipt } = await reap(holdfast, planned.plan);
  expect(receipt.processes).toMatchObject([{ pid: ofEnded.pid, end: "term" }]);
  await holdfast.run("kill", String(running));
});

test("a status command decides: running is never suspected, ended is", async () => {
  const script = join(holdfast.stateDir, "surf.sh");
  writeFileSync(script, 'while :; do sleep 600 & wait "$!"; done\n');
  const rules = join(holdfast.stateDir, "holdfast/orphans.d");
  mkdirSync(rules, { recursive: true });
  writeFileSync(
    join(rules, "surf.toml"),
    `[[rule]]
     name = "surf"
     [[rule.signature]]
     interpreter = "shell"
     script = '/surf\\.sh$'
     argument = '^--job=(?<id>\\d+)$'
     [rule.status]
     command = ["cat", "${holdfast.stateDir}/job-{id}"]
     running = ["running"]
     ended = ["finished"]`,
  );
  const { pid } = await left.orphan(["sh", script, "--job=12"]);
  expect(await suspected(pid)).toBeNull(); // no file: no answer
  writeFileSync(join(holdfast.stateDir, "job-12"), "running\n");
  expect(await suspected(pid)).toBeNull();
  writeFileSync(join(holdfast.stateDir, "job-12"), "finished\n");
  expect(await suspected(pid)).toMatchObject({ class: "left-by-other-runner", rule: "surf" });
  const planned = await plan(holdfast, pid);
  // The job was started again.
  writeFileSync(join(holdfast.stateDir, "job-12"), "running\n");
  const again = await reap(holdfast, planned.plan);
  expect(again.receipt.processes.map(({ end }) => end)).toEqual(["refused", "refused"]);
  writeFileSync(join(holdfast.stateDir, "job-12"), "finished\n");
  const second = await plan(holdfast, pid);
  const { code, receipt } = await reap(holdfast, second.plan);
  expect(receipt.processes.map(({ end }) => end)).toEqual(["term", "term"]);
  expect(code).toBe(0);
});
