import { expect, it } from "vitest";
import { stoppingJob } from "../testing/sample-job.ts";
import { widthOf } from "./width.ts";
import { stoppingLine, describeSurvivor } from "./stopping.ts";

function line(
  changes: Parameters<typeof stoppingJob>[0],
  heardMsAgo = 0,
  columns: number | null = null,
) {
  const { stopping } = stoppingJob(changes);
  if (stopping === null) throw new Error("not stopping");
  return stoppingLine(stopping, "TERM", { heardMsAgo, columns });
}

it("shows what was done, which processes are left and what comes next", () => {
  expect(line({ survivors: stoppingJob().stopping?.survivors.slice(0, 1) ?? [] })).toBe(
    "stopping: TERM sent 4 s ago, 3 of 14 processes left (python3 812, …), KILL in 26 s",
  );
  expect(line({})).toBe(
    "stopping: TERM sent 4 s ago, 3 of 14 processes left (python3 812, python3 813, loader 820), KILL in 26 s",
  );
});

it("updates with the clock between two messages of the server", () => {
  expect(line({ survivors: [] }, 2000)).toBe(
    "stopping: TERM sent 6 s ago, 3 of 14 processes left, KILL in 24 s",
  );
  expect(line({ survivors: [] }, 60_000)).toContain("KILL in 0 s");
});

it("names fewer survivors where there is less room", () => {
  expect(line({}, 0, 90)).toBe(
    "stopping: TERM sent 4 s ago, 3 of 14 processes left (python3 812, …), KILL in 26 s",
  );
  expect(widthOf(line({}, 0, 70))).toBeLessThanOrEqual(70);
  expect(line({}, 0, 70)).toContain("KILL in 26 s");
});

it("describes every phase", () => {
  expect(line({ phase: "asked", stopAgeMs: null, killInMs: null, total: null, left: null })).toBe(
    "stopping: asked",
  );
  expect(line({ phase: "killing", stopAgeMs: 31_000, left: 1, survivors: [] })).toBe(
    "stopping: KILL sent, asked to stop 31 s ago, 1 of 14 processes left",
  );
  // An unkillable process keeps a job in this phase, so it must be named.
  expect(line({ phase: "verifying" })).toContain("verifying, 3 of 14 processes left (python3 812");
  expect(line({ phase: "recording" })).toBe(
    "stopping: every process has ended, writing the record",
  );
});

it("names the GPU that it waits for, and its holder", () => {
  const gpus = [
    { uuid: "GPU-1", index: 0, message: "python3 (812) of this job lives and holds it" },
  ];
  expect(line({ phase: "verifying", total: 0, left: 0, survivors: [], gpus })).toBe(
    "stopping: waiting for GPU memory, GPU 0: python3 (812) of this job lives and holds it",
  );
});

it("reports that it is stuck, and the container that it waits for", () => {
  expect(line({ phase: "verifying", stuck: true })).toContain(
    "stuck: only the kernel can end them",
  );
  const container = {
    runtime: "docker" as const,
    name: "holdfast-a",
    id: null,
    message: "docker: Cannot connect to the Docker daemon",
  };
  expect(line({ phase: "verifying", total: 0, left: 0, survivors: [], container })).toBe(
    "stopping: KILL sent, asked to stop 4 s ago, verifying, docker container holdfast-a: docker: Cannot connect to the Docker daemon",
  );
});

it("shows each remedy that a person can apply once", () => {
  const [one, two, three] = stoppingJob().stopping?.survivors ?? [];
  if (one === undefined || two === undefined || three === undefined) throw new Error("too few");
  const obstacle = {
    kind: "frozen" as const,
    message: "frozen by the control group /f",
    remedy: "echo THAWED > /f/freezer.state",
  };
  const stuck = { phase: "verifying" as const, stuck: true, killInMs: null };
  const frozen = [
    { ...one, obstacle },
    { ...two, obstacle },
  ];
  expect(line({ ...stuck, survivors: frozen })).toMatch(
    /python3 812 is frozen by .*, stuck: echo THAWED > \/f\/freezer\.state$/,
  );
  expect(line({ ...stuck, survivors: [...frozen, three] })).toMatch(
    /freezer\.state, only the kernel can end the others$/,
  );
});

it("shows what prevents the end of a survivor, and escapes its name", () => {
  const base = {
    pid: 7,
    command: "cp",
    state: "S",
    waitChannel: null,
    denied: false,
    stack: null,
    obstacle: null,
  };
  expect(describeSurvivor(base)).toBe("cp 7");
  expect(describeSurvivor({ ...base, state: "D", waitChannel: "" })).toBe("cp 7 in the kernel");
  expect(describeSurvivor({ ...base, state: "D", waitChannel: "nfs_wait" })).toBe(
    "cp 7 in the kernel at nfs_wait",
  );
  expect(describeSurvivor({ ...base, denied: true })).toBe("cp 7 may not be signalled");
  expect(describeSurvivor({ ...base, command: "\u001b[2J" })).toBe(String.raw`\x1b[2J 7`);
});
