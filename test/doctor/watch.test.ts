import { existsSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import type { DoctorAlert, DoctorAlerts, DoctorReport } from "../../src/contract/doctor.ts";
import { until } from "../containment/live-process.ts";
import { longestWaitMs } from "../harness/longest-wait.ts";
import { startedServer } from "../harness/started-server.ts";

// No process listens on this port until the test does.
const reserved = createServer().listen(0, "127.0.0.1");
await once(reserved, "listening");
const { port } = reserved.address() as AddressInfo;
reserved.close();
await once(reserved, "close");

const settings = {
  HOLDFAST_DOCTOR_WINDOW: "500ms",
  HOLDFAST_ORPHANS_WINDOW: "20ms",
  HOLDFAST_DOCTOR_PORTS: String(port),
};
const holdfast = startedServer({
  ...settings,
  HOLDFAST_DOCTOR_WATCH: "1s",
  HOLDFAST_DOCTOR_RAISE_AFTER: "2",
  HOLDFAST_DOCTOR_CLEAR_AFTER: "2",
  HOLDFAST_DOCTOR_ALERT_COMMAND: "sh,-c,cat >>$HOLDFAST_STATE_DIR/alerts",
});

const polling = { timeout: longestWaitMs, interval: 50 };

async function ask(path: string, body?: object): Promise<string> {
  const outgoing = request({
    socketPath: join(holdfast.stateDir, "run/server.sock"),
    path,
    ...(body === undefined
      ? {}
      : { method: "POST", headers: { "content-type": "application/json" } }),
  });
  outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  const [answer] = (await once(outgoing, "response")) as [AsyncIterable<Buffer>];
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part);
  return Buffer.concat(parts).toString();
}

const sent = (): DoctorAlert[] => {
  const path = join(holdfast.stateDir, "alerts");
  const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n").filter(Boolean) : [];
  return lines.map((line) => JSON.parse(line) as DoctorAlert);
};
const ofPort = ({ verdict }: DoctorAlert) => verdict.subject === `port ${port}`;

test("a lasting verdict is raised once in the API, the metrics, the log and by the command, and cleared when it is over", async () => {
  const listener = createServer().listen(port, "127.0.0.1");
  await once(listener, "listening");
  await vi.waitUntil(() => sent().some(ofPort), polling);
  expect(sent().filter(ofPort)).toMatchObject([
    { event: "raised", verdict: { verdict: "port-conflict", severity: "warning" } },
  ]);
  const alerts = JSON.parse(await ask("/api/v1/doctor/alerts")) as DoctorAlerts;
  expect(alerts.intervalMs).toBe(1000);
  expect(alerts.active.filter(ofPort)).toHaveLength(1);
  expect(await ask("/metrics")).toContain(
    'holdfast_doctor_alerts{verdict="port-conflict",severity="warning"} 1',
  );
  listener.close();
  await once(listener, "close");
  await vi.waitUntil(() => sent().filter(ofPort).length === 2, polling);
  expect(sent().filter(ofPort)[1]).toMatchObject({ event: "cleared" });
  expect(await ask("/metrics")).toContain(
    'holdfast_doctor_alerts{verdict="port-conflict",severity="warning"} 0',
  );
  const log = readFileSync(join(holdfast.stateDir, "server.log"), "utf8");
  expect(log.split("\n").filter((line) => line.includes(`listens on port ${port}`))).toHaveLength(
    2,
  );
});

test("the API examines the machine or a job, and refuses a job that is not running", async () => {
  const report = JSON.parse(await ask("/api/v1/doctor", { windowMs: 500 })) as DoctorReport;
  expect(report).toMatchObject({ version: 1, jobId: null, endedEarly: false });
  expect(report.facets.map(({ facet }) => facet)).toContain("orphans");
  const id = await holdfast.submit("--grace", "0s", "--", "sleep", "300");
  await until(() => holdfast.jobProcesses().some(({ command }) => command === "sleep"));
  expect(JSON.parse(await ask("/api/v1/doctor", { windowMs: 500, job: id }))).toMatchObject({
    jobId: id,
  });
  await holdfast.run("kill", String(id));
  expect(JSON.parse(await ask("/api/v1/doctor", { windowMs: 500, job: id }))).toMatchObject({
    code: "not_running",
  });
});

test("holdfast doctor watch prints one alert a line without a server's watch, and its exit code shows what is raised", async () => {
  const listener = createServer().listen(port, "127.0.0.1");
  await once(listener, "listening");
  const args = ["--interval", "1s", "--raise-after", "1", "--clear-after", "1", "--json"];
  const watching = holdfast.start(["doctor", "watch", ...args]);
  await watching.says(/"event":"raised".*port-conflict/);
  watching.interrupt();
  expect(await watching.ended).toMatchObject({ code: expect.toSatisfy((code) => code >= 3) });
  listener.close();
  await once(listener, "close");
});
