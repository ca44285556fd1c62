import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { pathsFrom } from "../config/paths.ts";
import { eventually } from "../system/eventually.ts";
import { FakeClock } from "../system/fake-clock.ts";
import { CommandHost } from "./command-host.ts";
import { HostRecords } from "./host-records.ts";

let folder: string;
let host: CommandHost;
const logged: string[] = [];
const clock = new FakeClock();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-host-"));
});
afterEach(() => {
  host.close();
  rmSync(folder, { recursive: true });
});

/** A client that connects and is sent on to Node. */
async function connected(): Promise<void> {
  const { mtimeNs } = statSync(join(folder, "server.sock"), { bigint: true });
  await once(connect(join(folder, `commands-${mtimeNs}.sock`)).resume(), "close");
}

/** Every start is recorded before anything else happens. */
const lastStart = () => readFileSync(join(folder, "command-hosts"), "utf8");

it("starts a host that ends before it is ready only once in a minute, whatever its exit code", async () => {
  const program = join(folder, "host.cjs");
  // As a host does that finds itself of another build.
  writeFileSync(program, "process.exit(0)");
  writeFileSync(join(folder, "server.sock"), "");
  const paths = pathsFrom({ HOLDFAST_STATE_DIR: folder, HOLDFAST_RUNTIME_DIR: folder });
  host = new CommandHost(program, paths, clock, {
    warn: (_: unknown, text?: string) => void logged.push(text ?? ""),
  });
  await host.open();
  await connected();
  const first = lastStart();
  await eventually(() => logged.includes("the command host has ended"));
  await connected();
  expect(lastStart()).toBe(first);
  clock.advance(60_000);
  await connected();
  expect(lastStart()).not.toBe(first);
});

it("knows the hosts of earlier servers before it is opened, so before the server listens", () => {
  const paths = pathsFrom({ HOLDFAST_STATE_DIR: folder, HOLDFAST_RUNTIME_DIR: folder });
  new HostRecords(paths.commandHostsFile).add(process.pid);
  host = new CommandHost("/nowhere", paths, clock, { warn: () => undefined });
  expect(host.isHost(process.pid)).toBe(true);
});
