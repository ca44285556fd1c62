import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import type { LocalServer } from "../client/local-server.ts";
import { FakeClock } from "../client/fake-clock.ts";
import { serverProcess } from "./server-process.ts";

const parent = `
import os, sys
pid = os.fork()
if pid == 0:
    os._exit(0)
print(pid, flush=True)
sys.stdin.read()
`;

it("a server that is a zombie has ended, though its pid is still taken", async () => {
  const connection = { socket: "", clock: new FakeClock() };
  const local = {
    connection,
    strictConnection: connection,
    paths: { serverLog: "" },
  } as unknown as LocalServer;
  const server = serverProcess(local, "");
  const child = spawn("python3", ["-c", parent], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const pid = Number(line.toString());
  // It may need a moment to end.
  while (server.isAlive(pid)) await delay(5);
  expect(process.kill(pid, 0)).toBe(true);
  expect(server.isAlive(child.pid ?? 0)).toBe(true);
  child.stdin.end();
  await once(child, "exit");
});
