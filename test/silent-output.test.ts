import { afterEach, expect, test } from "vitest";
import { untilAnswered } from "./containment/live-process.ts";
import { startedServer } from "./harness/started-server.ts";

const holdfast = startedServer({ HOLDFAST_JOBS_SILENT_AFTER: "200ms" });
const started: number[] = [];
afterEach(async () => {
  for (const id of started.splice(0)) await holdfast.run("kill", String(id));
});

async function submit(...command: string[]): Promise<number> {
  const id = await holdfast.submit(...command);
  started.push(id);
  return id;
}

const hintsOf = async (id: number) => (await holdfast.show(id)).hints ?? [];

test("a running job that has written nothing, or writes into a pipe, has a hint; a job that has written into its log has none", async () => {
  const writer = await submit("sh", "-c", "echo begun; exec sleep 600");
  const follower = holdfast.start(["logs", "-f", String(writer)]);
  await follower.says(/begun/);
  follower.interrupt();
  await follower.ended;
  const piped = await submit("bash", "-c", "echo begun; exec > >(cat); exec sleep 600");
  const silent = await submit("sleep", "600");
  for (const id of [silent, piped])
    await untilAnswered(
      async () => (await hintsOf(id)).length > 0,
      () => `no hint of job ${id}`,
    );
  // It has written nothing for longer than the others.
  expect(await hintsOf(writer)).toEqual([]);
  expect(await hintsOf(silent)).toMatchObject([
    { code: "no_output", message: expect.stringContaining("since it started") as string },
  ]);
  const page = await holdfast.run("show", String(silent));
  expect(page.stdout).toMatch(/hint +no output for .*--line-buffered/);
  await holdfast.run("pause", String(silent));
  expect(await hintsOf(silent)).toEqual([]);
});
