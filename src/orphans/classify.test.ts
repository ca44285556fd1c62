import { describe, expect, it } from "vitest";
import { classify, type JobStatus, type Judged } from "./classify.ts";
import defaults from "./default-rules.toml";
import { fakeScene, type Told } from "./fake-scene.ts";
import { readRules } from "./load-rules.ts";

const builtIn = readRules(defaults, "built in");
const spawned = [
  "python3",
  "-c",
  "from multiprocessing.spawn import spawn_main; spawn_main(tracker_fd=4, pipe_handle=6)",
  "--multiprocessing-fork",
];
const attempt = "0ddba11e-0000-4000-8000-000000000000";

function judged(changes: Partial<Judged> = {}): Judged {
  return {
    rules: builtIn,
    settings: { minAgeMs: 300_000, cpuPercent: 50, parentGoneMs: 30_000, allow: new Set() },
    uid: 1000,
    goneMs: () => 60_000,
    statusOf: () => "unknown",
    ...changes,
  };
}

/** Class, confidence and pids of each suspect. */
function found(told: readonly Told[], changes: Partial<Judged> = {}) {
  return classify(fakeScene(...told), judged(changes)).map((one) => [
    one.class,
    one.confidence,
    one.processes.map(({ pid }) => pid),
  ]);
}

/** A worker whose session's leader is gone. */
const worker: Told = { pid: 50, session: 40, comm: "python3", command: spawned, cpuPercent: 90 };

describe("a worker whose parent is gone", () => {
  it("is likely an orphan while it burns CPU or holds a GPU, else weakly so", () => {
    expect(found([worker])).toEqual([["parent-gone", "likely", [50]]]);
    expect(found([{ ...worker, cpuPercent: 0 }])).toEqual([["parent-gone", "weak", [50]]]);
    const holder = { ...worker, cpuPercent: 0, gpuDevices: ["/dev/nvidia0"] };
    expect(found([holder])).toEqual([["parent-gone", "likely", [50]]]);
  });

  it("is only waited for until its parent has been seen to be gone for long enough", () => {
    expect(found([worker], { goneMs: () => 29_999 })).toEqual([["parent-gone", "waiting", [50]]]);
    expect(found([worker], { goneMs: () => 30_000 })).toEqual([["parent-gone", "likely", [50]]]);
  });

  it("says its evidence in words, and never a longer time than was seen", () => {
    const [suspect] = classify(fakeScene(worker), judged({ goneMs: () => 45_000 }));
    expect(suspect?.evidence).toEqual([
      "its command has the form of rule mp-spawn (built in): a hint, no proof",
      "it fell to systemd (1); gone: the leader of its session (40), the leader of its process group (40)",
      "its parent has been seen to be gone for 45s",
      "it is 1d 0h old and used 90 % of a CPU in 1s",
      "it runs as user 1000 in cgroup /user.slice",
    ]);
  });

  it("is shown once with all below it", () => {
    const below: Told[] = [
      { pid: 51, ppid: 50, session: 40, command: spawned },
      { pid: 52, ppid: 51, session: 40 },
    ];
    expect(found([worker, ...below])).toEqual([["parent-gone", "likely", [50, 51, 52]]]);
  });

  it("is suspected beside the living shell of a script that went on", () => {
    const script: Told = { pid: 40, command: ["sh", "run.sh"] };
    expect(found([script, worker])).toEqual([["parent-gone", "likely", [50]]]);
  });

  it("may name its parent: then that one's life counts, and its pid must be older", () => {
    const compile = ["python3", "/t/compile_worker/__main__.py", "--parent=44"];
    const child: Told = { ...worker, command: compile, ppid: 30, session: 30, start: 500 };
    const shell: Told = { pid: 30 };
    expect(found([shell, child])).toEqual([["parent-gone", "likely", [50]]]);
    expect(found([shell, child, { pid: 44, ppid: 30, start: 499 }])).toEqual([]);
    expect(found([shell, child, { pid: 44, ppid: 30, start: 501 }])).toHaveLength(1);
  });
});

describe("a process that looks like an orphaned worker is not suspected", () => {
  const owner: Told = { pid: 45, session: 40, command: ["python3", "train.py"] };
  it.each<[string, readonly Told[]]>([
    ["with a living parent", [owner, { ...worker, ppid: 45 }]],
    ["with a living notebook kernel", [{ pid: 46 }, { ...worker, ppid: 46 }]],
    ["when it is young", [{ ...worker, ageMs: 299_999 }]],
    ["of another user", [{ ...worker, uid: 1001 }]],
    ["as a zombie", [{ ...worker, state: "Z" }]],
    ["in a service", [{ ...worker, cgroup: "/system.slice/trainer.service" }]],
    [
      "in a user's service",
      [{ ...worker, cgroup: "/user.slice/user@1000.service/app.slice/a.service" }],
    ],
    [
      "below tmux",
      [
        { pid: 20, comm: "tmux: server" },
        { ...worker, ppid: 20 },
      ],
    ],
    [
      "below a keeper",
      [
        { pid: 20, comm: "holdfast-keeper" },
        { ...worker, ppid: 20 },
      ],
    ],
    ["of a running job", [{ ...worker, tie: { by: "cookie", attempt, job: 3, ended: false } }]],
    [
      "of another Holdfast",
      [{ ...worker, tie: { by: "cookie", attempt, job: null, ended: false } }],
    ],
  ])("%s", (_, told) => {
    expect(found(told)).toEqual([]);
  });

  it("when process 1 is the Python that started it, as in a container", () => {
    const told = fakeScene({ ...worker, session: 1, processGroup: 1 });
    expect(classify(told, judged())).toEqual([]);
  });

  it("when the configuration allows its program", () => {
    const settings = { ...judged().settings, allow: new Set(["python3"]) };
    expect(found([worker], { settings })).toEqual([]);
  });
});

describe("what a job of Holdfast left", () => {
  const left: Told = { pid: 60, ageMs: 10, comm: "sleep" };
  const tie = { attempt, job: 7, ended: true } as const;

  it("is proven by the ended attempt's group, whatever its age", () => {
    expect(found([{ ...left, tie: { ...tie, by: "cgroup" } }])).toEqual([
      ["left-by-job", "proven", [60]],
    ]);
  });

  it("is likely by its mark, which is inherited", () => {
    expect(found([{ ...left, tie: { ...tie, by: "cookie" } }])).toEqual([
      ["left-by-job", "likely", [60]],
    ]);
    const session: Told = { ...left, comm: "tmux: server", tie: { ...tie, by: "cookie" } };
    expect(found([session])).toEqual([]);
  });
});

describe("a rule with a status command", () => {
  const rules = readRules(
    `[[rule]]
     name = "surf"
     [[rule.signature]]
     program = '^surf$'
     argument = '^--job=(?<id>\\d+)$'
     [rule.status]
     command = ["ask", "{id}"]`,
    "own",
  );
  const surf: Told = { pid: 70, session: 40, cpuPercent: 99, command: ["surf", "--job=12"] };
  const says = (status: JobStatus) => found([surf], { rules, statusOf: () => status });

  it("makes a suspect of nobody but what is left of an ended job", () => {
    expect(says("ended")).toEqual([["left-by-other-runner", "likely", [70]]]);
    expect(says("running")).toEqual([]);
    expect(says("unknown")).toEqual([]);
  });
});

describe("without a rule", () => {
  const plain: Told = { pid: 80, session: 40 };
  it("a GPU held without a session, or CPU burned without one, is never more than a hint", () => {
    const held = { ...plain, gpuDevices: ["/dev/nvidia1"] };
    expect(found([held])).toEqual([["gpu-without-owner", "weak", [80]]]);
    expect(found([{ ...plain, cpuPercent: 80 }])).toEqual([["cpu-without-session", "weak", [80]]]);
    expect(found([plain])).toEqual([]);
  });

  it.each<[string, readonly Told[]]>([
    ["a daemon, which leads its own session", [{ pid: 80, cpuPercent: 99 }]],
    ["a shell's background job", [{ pid: 40 }, { ...plain, cpuPercent: 99 }]],
    [
      "NVIDIA's persistence daemon",
      [{ ...plain, comm: "nvidia-persiste", gpuDevices: ["/dev/nvidia0"] }],
    ],
    ["DCGM", [{ ...plain, comm: "nv-hostengine", gpuDevices: ["/dev/nvidia0"] }]],
    ["a display", [{ ...plain, comm: "Xorg", gpuDevices: ["/dev/dri/renderD128"] }]],
  ])("%s is left alone", (_, told) => {
    expect(found(told)).toEqual([]);
  });
});

describe("what nohup started at a shell since gone", () => {
  const dask = ["dask", "worker", "tcp://10.0.0.7:8786"];
  const byHand: Told = { pid: 90, session: 40, processGroup: 90, cpuPercent: 90, command: dask };

  it("is not suspected, with a rule or without", () => {
    for (const told of [byHand, { ...byHand, command: ["./simulate"] }]) {
      expect(found([told])).toHaveLength(1);
      expect(found([{ ...told, ignoresHangup: true }])).toEqual([]);
    }
  });

  it("is weakly suspected where nobody starts such a worker by hand", () => {
    expect(found([{ ...byHand, command: spawned, ignoresHangup: true }])).toEqual([
      ["parent-gone", "weak", [90]],
    ]);
  });
});
