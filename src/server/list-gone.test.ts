import { request } from "node:http";
import { afterEach, beforeEach, expect, it } from "vitest";
import { TestServer } from "./test-server.ts";

let server: TestServer;
beforeEach(async () => {
  server = await TestServer.start();
});
afterEach(() => server.stop());

it("a list is read no further once its client has gone, and nothing is reported as failed", async () => {
  const asked = Promise.withResolvers<void>();
  const stopped = Promise.withResolvers<void>();
  server.supervisor.listText = async (_query, signal) => {
    asked.resolve();
    const { promise, reject } = Promise.withResolvers<never>();
    signal?.addEventListener("abort", () => {
      stopped.resolve();
      reject(new Error("gone"));
    });
    return await promise;
  };
  const client = request({
    socketPath: server.connection.socket,
    path: "/api/v1/jobs",
    agent: false,
  });
  client.on("error", () => undefined);
  client.end();
  await asked.promise;
  client.destroy();
  await stopped.promise;
  expect((await server.ask("GET", "/api/v1/health")).status).toBe(200);
  expect(server.logged.filter((line) => line.includes('"error"'))).toEqual([]);
});
