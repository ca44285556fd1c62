import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { readStat } from "../processes/proc-stat.ts";
import { classify, type Judged } from "./classify.ts";
import defaults from "./default-rules.toml";
import { fakeScene, type FakeProcess } from "./fake-scene.ts";
import { readImage } from "./image.ts";
import { readRules } from "./load-rules.ts";

const judged: Judged = {
  rules: readRules(defaults, "built in"),
  allow: new Set(),
  limitsOf: () => ({ minAgeMs: 300_000, cpuPercent: 50, parentGoneMs: 30_000 }),
  uid: 1000,
  goneMs: () => 60_000,
  statusOf: () => "unknown",
  unanswered: [],
};
const found = (...given: FakeProcess[]) =>
  classify(fakeScene(...given), judged).suspects.map(({ rule, root, confidence }) => [
    rule,
    root,
    confidence,
  ]);

const fork: FakeProcess = {
  pid: 51,
  session: 40,
  command: ["python3", "train.py"],
  comm: "python3",
  image: { key: "a", forked: true },
  sharedMemory: ["/dev/shm/sem.x (deleted)"],
};
const twin = { ...fork, pid: 52 };
const pair = (change: Partial<FakeProcess>) => [
  { ...fork, ...change },
  { ...twin, ...change },
];
const both = (change: Partial<FakeProcess>) => found(...pair(change));

describe("workers forked by a program that has ended", () => {
  it("are weak suspects while they hold shared memory, and likely ones if busy or on a GPU", () => {
    expect(both({})).toEqual([
      ["fork-pool", 51, "weak"],
      ["fork-pool", 52, "weak"],
    ]);
    expect(both({ cpuPercent: 90 }).map(([, , sure]) => sure)).toEqual(["likely", "likely"]);
    const onGpu = { sharedMemory: [], gpuDevices: ["/dev/nvidia0"] };
    expect(both(onGpu).map(([, , sure]) => sure)).toEqual(["likely", "likely"]);
    expect(both({ sharedMemory: [], ports: [8000] })).toHaveLength(2);
    expect(both({ ignoresHangup: true, cpuPercent: 90 }).map(([, , sure]) => sure)).toEqual([
      "weak",
      "weak",
    ]);
  });

  it("have evidence that names the other workers and the proof", () => {
    const { suspects } = classify(fakeScene(fork, twin), judged);
    expect(suspects[0]?.evidence.slice(0, 2)).toEqual([
      "it was reparented to systemd (1); gone: the leader of its session (40), the leader of its process group (40)",
      "it was forked and has executed no program, like 52 of its process group: same program, arguments and environment; the process that executed the program is gone",
    ]);
  });
});

describe("a forked process is not suspected", () => {
  const main: FakeProcess = { ...fork, pid: 45, image: { key: "a", forked: false } };
  it.each<[string, FakeProcess[]]>([
    ["alone, as a daemon that forks twice", [fork]],
    ["while the program that was executed lives", [main, fork, twin]],
    ["below its living parent", [main, { ...fork, ppid: 45 }, { ...twin, ppid: 45 }]],
    [
      "beside one with another program or environment",
      [fork, { ...twin, image: { key: "b", forked: true } }],
    ],
    ["beside one of another process group", [fork, { ...twin, session: 41 }]],
    ["while the leader of its session is alive", [{ pid: 40 }, fork, twin]],
    [
      "while the leader of its process group is alive",
      [{ pid: 44 }, { ...fork, processGroup: 44 }, { ...twin, processGroup: 44 }],
    ],
    ["that holds nothing", pair({ sharedMemory: [] })],
    ["whose environment cannot be read", pair({ image: null })],
    ["that executed its program itself", pair({ image: { key: "a", forked: false } })],
  ])("%s", (_, given) => {
    expect(found(...given)).toEqual([]);
  });
});

it("a fork has its parent's image; another exec of the same program has a different one", async () => {
  const code = "import os, sys; pid = os.fork(); pid and print(pid, flush=True); sys.stdin.read()";
  const make = () =>
    spawn("/usr/bin/python3", ["-c", code], { stdio: ["pipe", "pipe", "inherit"] });
  const children = [make(), make()];
  try {
    const images = [];
    for (const child of children) {
      const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
      for (const pid of [child.pid ?? 0, Number(line)]) {
        const stat = readStat(pid);
        images.push(stat === null ? null : readImage(stat));
      }
    }
    expect(images.map((image) => image?.forked)).toEqual([false, true, false, true]);
    expect(images[0]?.key).toBe(images[1]?.key);
    expect(images[2]?.key).toBe(images[3]?.key);
    expect(images[0]?.key).not.toBe(images[2]?.key);
  } finally {
    for (const child of children) {
      child.stdin.end();
      await once(child, "exit");
    }
  }
});
