import { expect, it } from "vitest";
import type { Job } from "../src/client/client.ts";
import { startedServer } from "./harness/started-server.ts";

const holdfast = startedServer();

/** The machine keeps running: nothing here is a shutdown. */

async function ended(...args: string[]): Promise<Job> {
  return holdfast.show(Number(await holdfast.ended(...args)));
}

it("a job that sends its own keeper SIGTERM is stopped, and no shutdown is recorded", async () => {
  const script = 'kill -TERM "$PPID"; exec sleep 1000';
  expect(await ended("sh", "-c", script)).toMatchObject({
    state: "cancelled",
    reason: "keeper_terminated",
    outcome: { reason: "keeper_terminated", signal: 15 },
  });
});

it("such a job is retried as after a shutdown, where its policy says so", async () => {
  const script =
    '[ "$HOLDFAST_RETRY" = 0 ] || { echo "after $HOLDFAST_RETRY_AFTER"; exit 0; }; kill -TERM "$PPID"; exec sleep 1000';
  const policy = ["--retries", "1", "--retry-on", "machine_restarted", "--retry-delay", "10ms"];
  const job = await ended(...policy, "sh", "-c", script);
  expect(job).toMatchObject({ state: "succeeded" });
  const { stdout } = await holdfast.run("receipt", String(job.id), "--attempt", "1", "--json");
  expect(JSON.parse(stdout)).toMatchObject({ outcome: { reason: "keeper_terminated" } });
});
