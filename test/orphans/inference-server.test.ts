import { afterEach, expect, test } from "vitest";
import { startedServer } from "../harness/started-server.ts";
import type { Holders } from "../../src/client/client.ts";
import { endChild, isAlive, LeftBehind } from "./orphan.ts";
import { atOnce, plan, reap, scan } from "./settings.ts";

const holdfast = startedServer(atOnce);
const left = new LeftBehind();
afterEach(() => left.end());

/** An HTTP server whose two forked model workers accept on its socket. */
const server = `
import http.server, os, sys
listener = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
workers = []
for _ in range(2):
    pid = os.fork()
    if pid == 0:
        sys.stdout.close()
        listener.serve_forever()
    workers.append(pid)
print(*workers, flush=True)
os.wait()`;

test("model workers of a killed inference server keep its port: they are found, and reaping frees the port", async () => {
  const { parent, children } = await left.family("/usr/bin/python3", ["-c", server]);
  const pids = children.map(({ pid }) => pid);
  const mine = async () => (await scan(holdfast)).filter(({ root }) => pids.includes(root));
  expect(await mine()).toEqual([]);
  await endChild(parent);
  const suspects = await mine();
  expect(new Set(suspects.map(({ root }) => root))).toEqual(new Set(pids));
  const port = suspects[0]?.processes[0]?.ports[0] ?? 0;
  expect(port).toBeGreaterThan(0);
  for (const suspect of suspects) {
    // A forked worker has its parent's command line: its lineage and its port identify it.
    expect(suspect).toMatchObject({ class: "parent-gone", rule: "fork-pool" });
    expect(suspect.evidence).toContain(`it listens on port ${port}`);
  }
  const { stdout } = await holdfast.run("holders", `port:${port}`, "--json");
  const holders = (JSON.parse(stdout) as Holders).holders;
  expect(new Set(holders.map(({ pid }) => pid))).toEqual(new Set(pids));
  expect(holders[0]?.owner).toMatch(/^none: /);
  const planned = await plan(holdfast, ...pids);
  const { code, receipt } = await reap(holdfast, planned.plan);
  expect(receipt.processes.map(({ end }) => end)).toEqual(["term", "term"]);
  expect(receipt.freed.ports).toEqual([port]);
  expect(children.filter(isAlive)).toEqual([]);
  expect(code).toBe(0);
});
