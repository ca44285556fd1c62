import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Client } from "../../client/client.ts";
import { RefusalError } from "../../contract/problems.ts";
import { run as restart } from "../commands/server-restart.ts";
import { run as stop } from "../commands/service-stop.ts";
import type { StoppedAttempt } from "../../contract/rescue.ts";
import type { Context, ServerProcess } from "../context.ts";
import { Arguments } from "../grammar/parse.ts";
import { FakeCommandLine } from "../testing/fake-context.ts";
import { serviceAnswers } from "./beside-service.ts";
import { unitText, type Service } from "./unit-text.ts";

let folder: string;
let line: FakeCommandLine;
/** Requests to systemd and to the rescue program, in order. */
let asked: string[];
/** The service's ActiveState; null: no systemd. */
let states: (string | null)[];
let running: object[];
let left: StoppedAttempt["did"];
let serverRuns: boolean;
let holder: number | null;
let work: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-service-"));
  line = new FakeCommandLine();
  asked = [];
  states = ["active"];
  running = [{ job: 42, attempt: "a", command: ["train"], adopted: true, why: "" }];
  left = "stopped by its keeper";
  serverRuns = false;
  holder = null;
  work = 0;
  install({});
});
afterEach(() => rmSync(folder, { recursive: true }));

function install(change: Partial<Service>): void {
  const service: Service = { kind: "user", launcher: "/opt/h/holdfast", runAs: null, env: {} };
  mkdirSync(join(folder, "systemd/user"), { recursive: true });
  const text = unitText({ ...service, ...change });
  writeFileSync(join(folder, "systemd/user/holdfast.service"), text);
}

const client = {
  version: () =>
    serverRuns
      ? Promise.resolve({})
      : Promise.reject(new RefusalError({ code: "server_not_running", details: { socket: "s" } })),
  health: () => Promise.resolve({ pid: 812 }),
} as unknown as Client;

function context(options: Record<string, string[]> = {}, env: NodeJS.ProcessEnv = {}): Context {
  return {
    ...line.context(),
    args: new Arguments([], new Map(Object.entries(options))),
    env: { XDG_CONFIG_HOME: folder, ...env },
    serverProcess: {
      client,
      waitingClient: client,
      holder: () => holder,
      work: () => work,
    } as unknown as ServerProcess,
    async rescueProgram(args) {
      asked.push(args.join(" "));
      const [verb] = args;
      const nothing = { keeper: 1, namespace: null, stateDir: null, processes: [], left: [] };
      const did = args.includes("own") ? "stopped by its keeper" : left;
      const attempts =
        verb === "adoptable" ? running : running.map((one) => Object.assign({ did }, nothing, one));
      return { code: 0, stdout: JSON.stringify({ verb, attempts }), stderr: "" };
    },
    host: {
      launcher: "/opt/h/holdfast",
      userName: () => "ada",
      async run(program, [, verb = ""]) {
        const state = states.length > 1 ? (states.shift() ?? null) : (states[0] ?? null);
        if (state === null) throw new Error("no systemd");
        if (verb !== "show") asked.push(`${program} ${verb}`);
        return { code: 0, stdout: `LoadState=loaded\nActiveState=${state}\n`, stderr: "" };
      },
    },
  };
}

const codeOf = async (action: Promise<unknown>) => {
  const error = await action.catch((thrown: unknown) => thrown);
  return error instanceof RefusalError ? error.refusal.code : error;
};

describe("service stop", () => {
  it("without --jobs is refused without a terminal while jobs run, and stops nothing", async () => {
    expect(await codeOf(stop(context()))).toBe("usage");
    expect(asked).toEqual(["adoptable"]);
  });

  it("does not need --jobs if no job runs", async () => {
    running = [];
    expect(await stop(context())).toBe(0);
    expect(asked).toEqual(["adoptable", "systemctl stop"]);
  });

  it("--jobs keep stops the server alone", async () => {
    expect(await stop(context({ "--jobs": ["keep"] }))).toBe(0);
    expect(asked).toEqual(["adoptable", "systemctl stop"]);
    expect(line.messages.text).toContain("1 job continues");
  });

  it("--jobs cancel stops the jobs after the server, so that no queued one takes their place", async () => {
    expect(await stop(context({ "--jobs": ["cancel"], "--grace": ["3s"] }))).toBe(0);
    expect(asked).toEqual(["adoptable", "systemctl stop", "emergency-stop 3000 stop all"]);
  });

  it.each(["still lives", "cannot be seen", "its state folder was moved"] as const)(
    "exits with 1 if the end of a job is not confirmed: %s",
    async (did) => {
      left = did;
      expect(await stop(context({ "--jobs": ["cancel"] }))).toBe(1);
    },
  );

  it("stops the job that it runs in last, after it has shown the others", async () => {
    left = "is stopped last";
    expect(await stop(context({ "--jobs": ["cancel"] }))).toBe(0);
    expect(asked.slice(-2)).toEqual([
      "emergency-stop 10000 stop all",
      "emergency-stop 10000 stop own",
    ]);
  });

  it("asks on a terminal, and does nothing for any other answer", async () => {
    line = new FakeCommandLine({ terminal: true });
    const refused = stop(context());
    await line.settle();
    line.answer("what?");
    expect(await refused).toBe(1);
    const agreed = stop(context());
    await line.settle();
    line.answer("cancel");
    expect(await agreed).toBe(0);
    expect(asked.slice(-2)).toEqual(["systemctl stop", "emergency-stop 10000 stop all"]);
  });

  it("of a server with another state folder is refused: its jobs cannot be seen from here", async () => {
    install({ env: { HOLDFAST_STATE_DIR: '/data/50% "x"' } });
    expect(await codeOf(stop(context({ "--jobs": ["cancel"] })))).toBe("usage");
    const same = context({ "--jobs": ["keep"] }, { HOLDFAST_STATE_DIR: '/data/50% "x"' });
    expect(await stop(same)).toBe(0);
  });
});

describe("a command that finds no server", () => {
  it("does not start one implicitly if its service was stopped or failed", async () => {
    for (const state of ["inactive", "failed"]) {
      states = [state];
      expect(await codeOf(serviceAnswers(context()))).toBe("service_stopped");
    }
  });

  it("may start one where there is no service of its own, or no systemd", async () => {
    states = [null];
    expect(await serviceAnswers(context())).toBe(false);
    states = ["inactive"];
    expect(await serviceAnswers(context({}, { HOLDFAST_STATE_DIR: "/other" }))).toBe(false);
    rmSync(join(folder, "systemd/user/holdfast.service"));
    expect(await serviceAnswers(context())).toBe(false);
  });

  it("waits while systemd starts it again", async () => {
    states = ["activating", "activating", "active"];
    const waiting = serviceAnswers(context());
    await line.settle();
    serverRuns = true;
    line.clock.advance(100);
    expect(await waiting).toBe(true);
  });

  it("waits for as long as the server works, and says what it waits for", async () => {
    states = ["active"];
    holder = 812;
    const waiting = serviceAnswers(context());
    for (let time = 0; time < 600; time += 1) {
      await line.settle();
      work += 1;
      line.clock.advance(100);
    }
    expect(line.messages.text).toContain(
      "waiting for the service to answer, 5s so far (Ctrl+C gives up)",
    );
    await line.settle();
    serverRuns = true;
    line.clock.advance(100);
    expect(await waiting).toBe(true);
  });

  it("gives up after a time", async () => {
    states = ["activating"];
    const waiting = codeOf(serviceAnswers(context()));
    for (let time = 0; time < 151; time += 1) {
      await line.settle();
      line.clock.advance(100);
    }
    expect(await waiting).toBe("service_stopped");
  });
});

describe("server restart", () => {
  it("leaves a server that systemd runs to systemd", async () => {
    expect(await restart(context())).toBe(0);
    expect(asked).toEqual(["systemctl restart"]);
  });
});
