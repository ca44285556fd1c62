import { afterEach, beforeEach, expect, it } from "vitest";
import { TestServer } from "./test-server.ts";

let server: TestServer;
beforeEach(async () => {
  server = await TestServer.start();
});
afterEach(() => server.stop());

const scrape = async () => (await server.ask("GET", "/metrics")).bytes.toString();

it("counts jobs by state", async () => {
  const { id } = await server.runningJob();
  expect(await scrape()).toContain('holdfast_jobs{state="running"} 1');
  server.supervisor.move(id, "failed");
  const after = await scrape();
  expect(after).toContain('holdfast_jobs_ended_total{state="failed"} 1');
  expect(after).toContain('holdfast_jobs_ended_total{state="lost"} 0');
});

it("measures requests by route, not by address", async () => {
  await server.ask("GET", "/api/v1/jobs/7");
  await server.ask("GET", "/api/v1/jobs?limit=3");
  await server.ask("GET", "/wp-login.php");
  const text = await scrape();
  const count = "holdfast_http_request_duration_seconds_count";
  expect(text).toContain(`${count}{method="GET",route="/api/v1/jobs/:id",status="404"} 1`);
  expect(text).toContain(`${count}{method="GET",route="/api/v1/jobs",status="200"} 1`);
  expect(text).toContain(`${count}{method="GET",route="",status="404"} 1`);
  expect(text).not.toContain("wp-login");
});

it("shows the server's own process in base units", async () => {
  const text = await scrape();
  const value = (name: string) => Number(new RegExp(`^${name} (.*)$`, "m").exec(text)?.[1]);
  expect(value("process_resident_memory_bytes")).toBeGreaterThan(1e6);
  expect(value("process_cpu_seconds_total")).toBeGreaterThan(0);
  expect(value("process_start_time_seconds")).toBe(1_790_000_000);
  expect(value("process_open_fds")).toBeGreaterThan(2);
});
