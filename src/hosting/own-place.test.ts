import { describe, expect, it } from "vitest";
import { localServer } from "../client/local-server.ts";
import { canHost, machineTimeZone, type OwnPlace } from "./own-place.ts";
import type { CommandRequest } from "./request.ts";

const namespaces = { pid: "pid:[1]", mount: "mnt:[2]", user: "user:[3]" };
const place: OwnPlace = {
  build: "this build",
  namespaces,
  env: { PATH: "/bin" },
  timeZone: machineTimeZone(),
  socket: "/nowhere/state/run/server.sock",
  stateDir: "/nowhere/state",
};
const ordinary: CommandRequest = {
  build: "this build",
  namespaces,
  terminals: { input: false, output: false, error: false },
  size: null,
  cwd: "/nowhere",
  args: ["ls", "--json"],
  env: { LANG: "C.UTF-8", HOLDFAST_STATE_DIR: "/nowhere/state", EDITOR: "vi" },
  rawEnvironment: Buffer.alloc(0),
};

function hosts(change: Partial<CommandRequest>, own = place): Promise<boolean> {
  const request = { ...ordinary, ...change };
  const principal = {
    process: { pid: process.pid, start: 0 },
    headers: {},
    signal: new AbortController().signal,
  };
  const local = localServer(request.env, "", () => undefined, principal);
  return canHost(own, request, local);
}

describe("the command host runs a command", () => {
  it("of its own build, place and environment", async () => {
    expect(await hosts({})).toBe(true);
    expect(await hosts({ args: ["ps"] })).toBe(true);
    expect(await hosts({ args: ["__complete", "bash", "ca"] })).toBe(true);
    expect(await hosts({ args: ["submit", "--", "sort", "--files0-from=-"] })).toBe(true);
  });

  it("not after the machine's time zone has changed", async () => {
    expect(await hosts({}, { ...place, timeZone: "another" })).toBe(false);
  });

  it.each<[string, Partial<CommandRequest>]>([
    ["of another build", { build: "another" }],
    ["in another PID namespace", { namespaces: { ...namespaces, pid: "pid:[9]" } }],
    ["in another mount namespace", { namespaces: { ...namespaces, mount: "mnt:[9]" } }],
    ["in another user namespace", { namespaces: { ...namespaces, user: "user:[9]" } }],
    ["in another time zone", { env: { ...ordinary.env, TZ: "Asia/Kolkata" } }],
    ["at another time, in a test", { env: { ...ordinary.env, HOLDFAST_CLOCK_OFFSET_MS: "1" } }],
    ["for another state folder", { env: { ...ordinary.env, HOLDFAST_STATE_DIR: "/other" } }],
    ["for another folder of the sockets", { env: { ...ordinary.env, HOLDFAST_RUNTIME_DIR: "/r" } }],
    ["that becomes its own process's terminal", { args: ["run", "true"] }],
    ["that works without a server", { args: ["emergency-stop", "--all"] }],
    ["that controls the server", { args: ["server", "stop"] }],
    ["that does not exist", { args: ["lss"] }],
    ["without arguments", { args: [] }],
    ["that reads a file", { args: ["submit", "--env-file", "/dev/fd/3", "true"] }],
    ["that reads a file, in one word", { args: ["submit", "--env-file=.env", "true"] }],
  ])("not one %s", async (_, change) => {
    expect(await hosts(change)).toBe(false);
  });
});
