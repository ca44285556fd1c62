import { beforeEach, describe, expect, it } from "vitest";
import type { OrphanPlan, OrphanReceipt } from "../../client/client.ts";
import { FakeCommandLine } from "../testing/fake-context.ts";

const worker = {
  pid: 50,
  start: 1,
  ppid: 1,
  command: "evil\u001b[2J",
  state: "S",
  uid: 0,
  inode: 0,
  ageMs: 600_000,
  cpuPercent: 90,
  residentBytes: 4096,
  cgroup: "/",
  container: null,
  gpuDevices: [],
  gpuMemory: [],
  ports: [],
  checkpoints: [],
};

const tree: OrphanPlan["trees"][number] = {
  root: 50,
  class: "parent-gone",
  rule: "loky",
  jobId: null,
  confidence: "likely",
  action: "report",
  goneMs: 60_000,
  evidence: ["a hint, no proof"],
  processes: [worker],
};

const plan: OrphanPlan = {
  version: 1,
  plan: 7,
  bootId: "b",
  atMs: 0,
  asked: { allUsers: false },
  automatic: false,
  left: [],
  leftovers: [],
  signals: ["TERM", "CONT", "KILL"],
  trees: [tree, { ...tree, class: "left-by-job" }],
  frees: { processes: 1, residentBytes: 4096, gpuDevices: [], ports: [] },
};

const receipt: OrphanReceipt = {
  version: 1,
  plan: 7,
  automatic: false,
  dryRun: false,
  atMs: 0,
  tookMs: 1,
  processes: [{ pid: 50, start: 1, command: "x", end: "term", message: "it ended after TERM" }],
  leftovers: [],
  freed: { gpuDevices: [], gpuMemory: [], ports: [] },
};

describe("orphans reap asks for the name of each class", () => {
  let line: FakeCommandLine;
  let reaped: number;
  beforeEach(() => {
    line = new FakeCommandLine({ terminal: true });
    reaped = 0;
    const { server } = line.fake;
    Object.defineProperty(line.fake, "server", {
      value: {
        ...server,
        orphanPlan: async () => plan,
        reapOrphans: async () => {
          reaped += 1;
          return receipt;
        },
      },
    });
  });

  async function answer(...lines: (string | null)[]): Promise<void> {
    for (const text of lines) {
      await line.settle();
      line.answer(text);
    }
  }

  it("and continues when all were typed", async () => {
    const ended = line.type("orphans", "reap", "7");
    await answer("parent-gone", "left-by-job");
    expect(await ended).toBe(0);
    expect(reaped).toBe(1);
    expect(line.messages.text + line.out.text).not.toContain("\u001b[2J");
  });

  it.each([[["parent"]], [[null]], [["parent-gone", "yes"]]])("but not at %j", async (lines) => {
    const ended = line.type("orphans", "reap", "7");
    await answer(...lines);
    expect(await ended).toBe(1);
    expect(reaped).toBe(0);
  });

  it("and not at all with --yes, or for a dry run", async () => {
    expect(await line.type("orphans", "reap", "7", "--yes")).toBe(0);
    expect(await line.type("orphans", "reap", "7", "--dry-run")).toBe(0);
    expect(reaped).toBe(2);
  });
});

it("orphans reap needs --yes without a terminal", async () => {
  const line = new FakeCommandLine();
  expect(await line.type("orphans", "reap", "7")).toBe(2);
  expect(line.messages.text).toContain("holdfast orphans reap 7 --yes");
});
