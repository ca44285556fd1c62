import { afterEach, beforeEach, expect, it } from "vitest";
import { fromEvents, untilTerminal } from "./containment/observation.ts";
import { PrivateServer } from "./containment/private-server.ts";

let server: PrivateServer;
beforeEach(() => {
  server = new PrivateServer({ cgroup: "auto" });
});
afterEach(() => server.end());

const submit = async (...command: string[]) =>
  (await server.client.submit({ command, cwd: "/", env: { PATH: process.env["PATH"] ?? "" } })).job;

const until = (id: number, state: string) =>
  fromEvents(server.connection, id, (event) => (event.state === state ? state : undefined));

it("a server that starts when the machine has no process to spare follows what runs, and launches wait", async () => {
  await server.start({ HOLDFAST_JOBS_MAX_RUNNING: "1" });
  const before = await submit("sleep", "600");
  await until(before.id, "running");
  const { id } = await submit("true");
  await server.kill();

  // The server's own start, its first launch, and the next command.
  await server.start({ HOLDFAST_FAILPOINTS: "spawner.start=EAGAIN*3" });
  expect((await server.client.health()).tierWhy).toContain("EAGAIN");
  expect(await server.client.show(before.id)).toMatchObject({ state: "running" });
  let { waiting } = await server.client.show(id);
  while (waiting?.code !== "machine") ({ waiting } = await server.client.show(id));
  expect(waiting.message).toContain("EAGAIN");
  await untilTerminal(server.connection, id);
  expect(await server.client.show(id)).toMatchObject({ state: "succeeded" });
  expect((await server.client.health()).tierWhy).not.toContain("EAGAIN");

  await server.client.kill(before.id);
  await untilTerminal(server.connection, before.id);
  expect(await server.client.show(before.id)).toMatchObject({ state: "cancelled" });
});
