import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { readStat } from "../processes/proc-stat.ts";
import { sayWhatHoldsIt } from "./held-server.ts";

it("says that the server is stopped, and each message once", async () => {
  const server = spawn("sleep", ["1000"], { stdio: "ignore" });
  const pid = server.pid ?? 0;
  try {
    await once(server, "spawn");
    const said: string[] = [];
    const say = sayWhatHoldsIt(
      (text) => said.push(text),
      () => pid,
    );
    say("waiting, 5s so far");
    server.kill("SIGSTOP");
    while (readStat(pid)?.state !== "T");
    say("waiting, 15s so far");
    say("waiting, 15s so far");
    expect(said).toEqual([
      "waiting, 5s so far",
      `waiting, 15s so far; the server, pid ${pid}, is stopped by a signal: kill -CONT ${pid} continues it`,
    ]);
  } finally {
    server.kill("SIGKILL");
  }
});

it("adds nothing where no process is known", () => {
  const said: string[] = [];
  sayWhatHoldsIt(
    (text) => said.push(text),
    () => null,
  )("waiting");
  expect(said).toEqual(["waiting"]);
});
