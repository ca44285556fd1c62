import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  childrenOf,
  killLive,
  liveProcess,
  signalLive,
  until,
} from "../containment/live-process.ts";
import { Command } from "../harness/command.ts";
import { startedServer } from "../harness/started-server.ts";
import { atOnce } from "../orphans/settings.ts";
import { about, examined, facetOf } from "./examined.ts";

/** The doctor needs no server and leaves nothing behind. */
const holdfast = startedServer({ HOLDFAST_DOCTOR_WINDOW: "600ms", ...atOnce });

const states = async (id: number, pattern: RegExp) => {
  for (;;) {
    const { state } = await holdfast.show(id);
    if (pattern.test(state)) return;
  }
};

test("a server that hangs and a server that was stopped are found", async () => {
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
});

test("an invalid configuration is named and ends the doctor and a watch without a server", async () => {
  const place = join(holdfast.stateDir, "not-valid.toml");
  writeFileSync(place, "nonsense = 1\n");
  for (const args of [["doctor"], ["doctor", "watch"], ["watch", "--alone"]]) {
    const command = new Command(args, { ...holdfast.env, HOLDFAST_CONFIG: place });
    const { code, stderr } = await command.ended;
    expect(stderr).toContain(`${place}: Unrecognized key: "nonsense"`);
    expect(code).toBe(78);
  }
});

test("without a server a running job is known from its folder, with its keeper and processes", async () => {
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

test("a job whose keeper was killed while no server ran is reported", async () => {
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

test("Ctrl+C ends the window and shows the samples so far; a killed command leaves no doctor behind", async () => {
  const early = holdfast.startOnTerminal(["doctor", "--window", "10m"]);
  await early.says(/Ctrl\+C ends it early/);
  early.type("\u0003");
  const { code, stdout } = await early.ended;
  expect(stdout).toMatch(/ended\s+early/);
  expect([0, 3, 4]).toContain(code);
  const killed = holdfast.start(["doctor", "--window", "10m"]);
  await until(() => holdfast.jobProcesses().length >= 2);
  killed.interrupt("SIGKILL");
  await until(() => holdfast.jobProcesses().length === 0);
});
