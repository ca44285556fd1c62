import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pathsFrom } from "../config/paths.ts";
import { RefusalError } from "../contract/problems.ts";
import { foregroundClock } from "../system/clock.ts";
import { eventually } from "../system/eventually.ts";
import { FakeClock } from "../system/fake-clock.ts";
import { createClient } from "./client.ts";
import { readText, send, type Connection } from "./http.ts";
import { startServer, withServer, type ServerProgram } from "./start-server.ts";

/**
 * A substitute for the server: takes the socket or reports that another one has it, answers its
 * version and exits on request.
 */
const standIn = `
  import { createServer } from "node:http";
  import { mkdirSync, writeSync } from "node:fs";
  import { join } from "node:path";
  const folder = process.env.HOLDFAST_RUNTIME_DIR;
  mkdirSync(folder, { recursive: true });
  const socket = join(folder, "server.sock");
  const report = (line) => writeSync(Number(process.env.HOLDFAST_READY_FD), line + "\\n");
  const server = createServer((request, answer) => {
    answer.setHeader("connection", "close");
    answer.end(JSON.stringify({ api: "v1", version: process.cwd(), pid: process.pid }));
    if (request.method === "DELETE") server.close();
  });
  server.on("error", () => {
    report('problem {"code":"server_already_running","details":{}}');
    process.exit(73);
  });
  server.listen(socket, () => report("ready " + socket));
`;

let folder: string;
let connection: Connection;
let program: ServerProgram;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-start-"));
  const paths = pathsFrom({ HOLDFAST_STATE_DIR: folder });
  connection = { socket: paths.socket, clock: foregroundClock };
  program = { node: process.execPath, entry: join(folder, "server.mjs"), paths, env: {} };
});
afterEach(() => rmSync(folder, { recursive: true }));

const serverIs = (code: string) => writeFileSync(program.entry, code);
const refusalOf = async (action: Promise<unknown>) => {
  const error = await action.catch((thrown: unknown) => thrown);
  return error instanceof RefusalError ? error.refusal : String(error);
};
/** Asks the substitute to exit, and waits until it has. */
const leave = async () => {
  const answer = await send(connection, { method: "DELETE", path: "/" });
  const { pid } = JSON.parse(await readText(connection.socket, answer)) as { pid: number };
  await eventually(() => !existsSync(`/proc/${pid}`));
};

describe("starting the server", () => {
  it("resolves when it is ready; it sits in no folder of the caller's", async () => {
    serverIs(standIn);
    expect(await startServer(connection, program)).toEqual({ started: true });
    expect((await createClient(connection).version()).version).toBe("/");
    await leave();
  });

  it("by ten at once gives one server, and all can use it", async () => {
    serverIs(standIn);
    const starts = Array.from({ length: 10 }, () => startServer(connection, program));
    const started = (await Promise.all(starts)).filter((one) => one.started);
    expect(started).toHaveLength(1);
    expect((await createClient(connection).version()).api).toBe("v1");
    await leave();
  });

  it("waits for a server that was faster and does not listen yet", async () => {
    serverIs(`
      import { writeFileSync, writeSync } from "node:fs";
      writeSync(3, 'problem {"code":"server_already_running","details":{}}\\n');
      writeFileSync("${join(folder, "told")}", "");
      process.exit(73);
    `);
    let asked = 0;
    const other = createServer((_, answer) => {
      asked += 1;
      answer.setHeader("connection", "close").end("{}");
    });
    const starting = startServer(connection, program);
    await eventually(() => existsSync(join(folder, "told")));
    mkdirSync(program.paths.runtimeDir);
    other.listen(connection.socket);
    expect(await starting).toEqual({ started: false });
    expect(asked).toBe(1);
    other.close();
  });

  it("passes on why the server refuses to start", async () => {
    serverIs(`
      import { writeSync } from "node:fs";
      writeSync(3, 'problem {"code":"bad_config","details":{"where":"jobs.grace","what":"no unit"}}\\n');
      process.exit(78);
    `);
    expect(await refusalOf(startServer(connection, program))).toEqual({
      code: "bad_config",
      details: { where: "jobs.grace", what: "no unit" },
    });
  });

  it("reports how a server ended without a report, and keeps its last output in the log", async () => {
    serverIs('console.error("last output"); process.exit(3);');
    expect(await refusalOf(startServer(connection, program))).toEqual({
      code: "server_did_not_start",
      details: { what: "it ended with code 3" },
    });
    expect(readFileSync(program.paths.serverLog, "utf8")).toContain("last output");
  });

  it("reports a missing program", async () => {
    program.node = join(folder, "no-node");
    expect(await refusalOf(startServer(connection, program))).toMatchObject({
      code: "server_did_not_start",
      details: { what: expect.stringMatching(/ENOENT/) as string },
    });
  });

  it("waits while the server makes progress, reports what for, and gives up without progress", async () => {
    // Exits when the process that waits for its report is gone.
    serverIs(`
      import { writeFileSync, writeSync } from "node:fs";
      writeSync(3, "phase opening the store\\n");
      const beat = setInterval(() => { try { writeSync(3, "."); } catch { process.exit(); } }, 10);
    `);
    const clock = new FakeClock();
    const said: string[] = [];
    const onWaiting = (text: string) => said.push(text);
    let work = 0;
    program.progress = () => work;
    const refused = refusalOf(startServer({ ...connection, clock, onWaiting }, program));
    while (!said.some((text) => text.includes("opening the store"))) {
      work += 1;
      clock.advance(10_000);
      await new Promise(setImmediate);
    }
    clock.advance(20_000);
    expect(await refused).toEqual({
      code: "server_did_not_start",
      details: {
        what: "for 20 s it showed no progress and had no processor time, while this command waited for the server to start (opening the store)",
      },
    });
  });
});

describe("doing something with a server", () => {
  it("starts one only where none runs", async () => {
    serverIs(standIn);
    let starts = 0;
    const start = () => {
      starts += 1;
      return startServer(connection, program);
    };
    const client = createClient(connection);
    for (let time = 0; time < 2; time += 1)
      expect((await withServer(() => client.version(), start)).api).toBe("v1");
    expect(starts).toBe(1);
    await leave();
  });
});
