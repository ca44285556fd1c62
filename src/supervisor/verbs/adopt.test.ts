import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { jobRequest } from "../../contract/job-request.ts";
import { FakeEngine } from "../../engines/testing/fake-engine.ts";
import type { JobSpec } from "../../job/spec.ts";
import { eventually } from "../../system/eventually.ts";
import { FakeClock } from "../../system/fake-clock.ts";
import type { Context } from "../context.ts";
import { superviseFile } from "../testing/supervised-file.ts";
import { adopterOf, adoptionLost } from "./adopt.ts";

const adoptedSpec: JobSpec = {
  ...jobRequest.parse({ command: ["sleep", "600"], cwd: "/" }),
  name: null,
  env: {},
  limitMs: null,
  graceMs: 10_000,
  stopScope: "all",
  leaseMs: null,
  outputQuotaBytes: null,
  rlimits: {},
};
const identity = { pid: 812, start: 7, inode: 4 };
const context = {
  bootId: "b",
  namespace: { inode: 100, init: 1, offset: "0" },
  engines: { local: { machine: { processes: { identify: async () => identity } } } },
} as unknown as Context;
const lost = (pidNamespace: number | null | undefined, start = identity.start) =>
  adoptionLost(context, { adopt: { ...identity, start, bootId: "b", pidNamespace } });

it("a process that was found in another PID namespace is not looked up by its pid", async () => {
  expect(await lost(200)).toContain("PID namespace 200");
});

it("a process of the same PID namespace, or of an unknown one, is judged by its identity", async () => {
  expect(await lost(100)).toBeNull();
  expect(await lost(null)).toBeNull();
  expect(await lost(undefined)).toBeNull();
  expect(await lost(100, 8)).toContain("had ended");
});

it("a process that proc hides does not count as ended", async () => {
  const hiding = { processes: { identify: async () => "unknown" } };
  const there = { ...context, engines: { local: { machine: hiding } } } as unknown as Context;
  const wanted = { ...identity, bootId: "b", pidNamespace: 100 };
  const why = await adoptionLost(there, { adopt: wanted });
  expect(why).toContain("whether it lives is unknown");
  expect(why).not.toContain("ended");
});

it("a process that an attempt before it has adopted, or is about to adopt, is named with that job", async () => {
  const wanted = { ...identity, bootId: "b", pidNamespace: 100 };
  const specs = new Map([
    [3, {}],
    [4, { adopt: wanted }],
    [5, { adopt: { ...wanted, start: 8 } }],
  ]);
  const among = (...jobs: number[]) =>
    adopterOf(
      {
        ...context,
        followers: new Map(jobs.map((job) => [job, {}])),
        store: { jobs: { get: (id: number) => ({ id, spec: specs.get(id) }) } },
      } as unknown as Context,
      wanted,
    );
  expect(await among()).toBeNull();
  expect(await among(3, 5)).toBeNull();
  expect(await among(3, 4)).toBe("job 4 has adopted it");
});

it("of two jobs that are to adopt one process, the second to start fails and says why", async () => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-adopt-"));
  const [engine, clock] = [new FakeEngine(), new FakeClock()];
  const { store, supervisor } = superviseFile({ folder, engine, clock });
  engine.foreign.set(identity.pid, identity);
  const spec = { ...adoptedSpec, adopt: { ...identity, bootId: "boot-1", pidNamespace: null } };
  const ids = [0, 1].map(() => store.commitNow("submit", () => store.jobs.insert(spec, 0, null)));
  await supervisor.recover();
  const states = () => ids.map((id) => store.jobs.get(id)?.state);
  await eventually(() => !states().some((state) => state === "queued" || state === "starting"));
  expect(states()).toEqual(["running", "failed"]);
  expect(store.jobs.get(ids[1] ?? 0)?.message).toBe(`job ${ids[0]} has adopted it`);
  supervisor.close();
  store.close();
  rmSync(folder, { recursive: true });
});
