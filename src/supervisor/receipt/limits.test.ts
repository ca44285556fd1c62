import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { jobRequest, type JobRequest } from "../../contract/job-request.ts";
import { accepted, codeOf, Supervised } from "../testing/supervised.ts";

let server: Supervised;

beforeEach(async () => {
  server = await Supervised.begin();
});

afterEach(() => server.end());

describe("limits of resources", () => {
  const limits = { memoryMaxBytes: 2 ** 30, pidsMax: 50 };

  it("are shown with what enforces them, before the launch and in the receipt", async () => {
    server.engine.ways["memory"] = "polled";
    const { id } = await server.submit({ limits, held: true });
    const expected = [
      { what: "memory", wanted: 2 ** 30, how: "polled", why: null },
      { what: "pids", wanted: 50, how: "pids", why: null },
    ];
    expect(accepted(await server.supervisor.show(id)).limits).toEqual(expected);
    accepted(await server.supervisor.release(id));
    await server.reaches(id, "running");
    server.engine.of(id).end();
    await server.reaches(id, "succeeded");
    expect(accepted(await server.supervisor.receipt(id)).limits).toEqual(expected);
  });

  it("that turned out otherwise at the launch stay so over a restart, into the receipt", async () => {
    server.engine.refused.add("pids");
    const { id, attempt } = await server.running({ limits });
    server.engine.refused.clear();
    server.engine.ways["pids"] = "pids.max";
    await server.restart();
    attempt.end();
    await server.reaches(id, "succeeded");
    expect(accepted(await server.supervisor.receipt(id)).limits[1]).toMatchObject({
      how: "not applied",
    });
  });

  it("that the keeper was refused are not called applied", async () => {
    const { id, attempt } = await server.running({ limits, cpus: "0-1" });
    attempt.end({ unapplied: [{ what: "cpus", errno: "EINVAL" }] });
    await server.reaches(id, "succeeded");
    expect(accepted(await server.supervisor.receipt(id)).limits.at(-1)).toMatchObject({
      what: "cpus",
      how: "not applied",
      why: "EINVAL",
    });
  });

  it("that nothing enforces are refused only if the job insists", async () => {
    server.engine.ways["pids"] = "not applied";
    expect((await server.submit({ limits })).limits[1]).toMatchObject({ how: "not applied" });
    const strict = jobRequest.parse({ command: ["true"], cwd: "/", limits, strictLimits: true });
    expect(codeOf(await server.supervisor.submit(strict, null))).toBe("limits_not_applicable");
  });

  it("that the job insists on and the kernel refuses at the launch fail it, and nothing runs", async () => {
    server.engine.refused.add("pids");
    const { id } = await server.submit({ limits, strictLimits: true });
    const job = await server.reaches(id, "failed");
    expect(job).toMatchObject({ reason: "launch_failed" });
    expect(job.message).toContain("pids 50 is not applied");
    expect(server.engine.attempts.size).toBe(0);
  });

  it("of CPUs that are not there are refused, with those that are", async () => {
    const asked = (request: Partial<JobRequest>) =>
      server.supervisor.submit(jobRequest.parse({ command: ["true"], cwd: "/", ...request }), null);
    expect(codeOf(await asked({ cpus: "7-8" }))).toBe("no_such_cpus");
    expect(codeOf(await asked({ limits: { cpuCores: 8.5 } }))).toBe("no_such_cpus");
    expect(codeOf(await asked({ cpus: "0-7", limits: { cpuCores: 8 } }))).toBeNull();
  });

  it("that the kernel enforced by killing end the job as out of memory, with the process and the amount", async () => {
    const { id, attempt } = await server.running({ limits });
    attempt.end({
      main: { pid: 812, code: null, signal: 9, core: false },
      oom_kills: 1,
      oom_victims: [{ pid: 812, comm: "python3" }],
      memory_peak_bytes: 2 ** 30,
    });
    const job = await server.reaches(id, "failed");
    expect(job.outcome).toMatchObject({ reason: "out_of_memory", signal: 9 });
    expect(job.message).toBe(
      "the kernel killed python3 (pid 812) for memory: limit 1GiB, peak 1GiB",
    );
    expect(accepted(await server.supervisor.receipt(id))).toMatchObject({
      oomKills: 1,
      oomVictims: [{ pid: 812, command: "python3" }],
      pressure: { cpu: { someUs: 150_000, fullUs: 0 }, io: null },
    });
  });
});
