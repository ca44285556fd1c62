import { describe, expect, it } from "vitest";
import { classify, type JobStatus, type Judged } from "./classify.ts";
import defaults from "./default-rules.toml";
import { fakeScene, type FakeProcess } from "./fake-scene.ts";
import type { Suspect } from "../contract/orphans.ts";
import type { ProcessStat } from "../processes/proc-stat.ts";
import { limitsFor } from "./limits.ts";
import { readRules } from "./load-rules.ts";

const builtIn = readRules(defaults, "built in");
const spawned = [
  "python3",
  "-c",
  "from multiprocessing.spawn import spawn_main; spawn_main(tracker_fd=4, pipe_handle=6)",
  "--multiprocessing-fork",
];
const attempt = "0ddba11e-0000-4000-8000-000000000000";

const configured = { minAgeMs: 300_000, cpuPercent: 50, parentGoneMs: 30_000 };

function judged(changes: Partial<Judged> = {}): Judged {
  return {
    rules: builtIn,
    allow: new Set(),
    limitsOf: (rule) => limitsFor(configured, rule, {}),
    uid: 1000,
    goneMs: () => 60_000,
    statusOf: () => "unknown",
    unanswered: [],
    ...changes,
  };
}

/** Class, confidence and pids of each suspect. */
function found(given: readonly FakeProcess[], changes: Partial<Judged> = {}) {
  return brief(classify(fakeScene(...given), judged(changes)).suspects);
}

function brief(suspects: readonly Suspect[]) {
  return suspects.map((one) => [one.class, one.confidence, one.processes.map(({ pid }) => pid)]);
}

/** A worker whose session leader is gone. */
const worker: FakeProcess = {
  pid: 50,
  session: 40,
  comm: "python3",
  command: spawned,
  cpuPercent: 90,
};

describe("a worker whose parent is gone", () => {
  it("is likely an orphan while it uses CPU or holds a GPU, otherwise weak", () => {
    expect(found([worker])).toEqual([["parent-gone", "likely", [50]]]);
    expect(found([{ ...worker, cpuPercent: 0 }])).toEqual([["parent-gone", "weak", [50]]]);
    const holder = { ...worker, cpuPercent: 0, gpuDevices: ["/dev/nvidia0"] };
    expect(found([holder])).toEqual([["parent-gone", "likely", [50]]]);
  });

  it("is likely by its CPU demand, even if other processes leave it little CPU time", () => {
    const starved = { ...worker, cpuPercent: 7, demandPercent: 98 };
    expect(found([starved])).toEqual([["parent-gone", "likely", [50]]]);
    const { suspects } = classify(fakeScene(starved), judged());
    expect(suspects[0]?.evidence).toContain(
      "it is 1d 0h old and used 7 % of a CPU in 1s; including the time it waited for a CPU: 98 %",
    );
    const plain = { ...starved, command: ["./simulate"] };
    expect(found([plain])).toEqual([["cpu-without-session", "weak", [50]]]);
  });

  it("is waiting until its parent has been known to be gone for long enough", () => {
    expect(found([worker], { goneMs: () => 29_999 })).toEqual([["parent-gone", "waiting", [50]]]);
    expect(found([worker], { goneMs: () => 30_000 })).toEqual([["parent-gone", "likely", [50]]]);
  });

  it("has readable evidence, with no longer time than was observed", () => {
    const { suspects } = classify(fakeScene(worker), judged({ goneMs: () => 45_000 }));
    const [suspect] = suspects;
    expect(suspect?.evidence).toEqual([
      "its command line matches rule mp-spawn (built in), which is a hint, not a proof",
      "it was reparented to systemd (1); gone: the leader of its session (40), the leader of its process group (40)",
      "its parent has been known to be gone for 45s",
      "it is 1d 0h old and used 90 % of a CPU in 1s",
      "it runs as user 1000 in cgroup /user.slice",
    ]);
  });

  it("is listed once with all processes below it", () => {
    const below: FakeProcess[] = [
      { pid: 51, ppid: 50, session: 40, command: spawned },
      { pid: 52, ppid: 51, session: 40 },
    ];
    expect(found([worker, ...below])).toEqual([["parent-gone", "likely", [50, 51, 52]]]);
  });

  it("is suspected although the shell of its script is still alive", () => {
    const script: FakeProcess = { pid: 40, command: ["sh", "run.sh"] };
    expect(found([script, worker])).toEqual([["parent-gone", "likely", [50]]]);
  });

  it("may name its parent, which then has to be alive and older", () => {
    const compile = ["python3", "/t/compile_worker/__main__.py", "--parent=44"];
    const child: FakeProcess = { ...worker, command: compile, ppid: 30, session: 30, start: 500 };
    const shell: FakeProcess = { pid: 30 };
    expect(found([shell, child])).toEqual([["parent-gone", "likely", [50]]]);
    expect(found([shell, child, { pid: 44, ppid: 30, start: 499 }])).toEqual([]);
    expect(found([shell, child, { pid: 44, ppid: 30, start: 501 }])).toHaveLength(1);
  });

  it.each(["", "0", "main", "4x", "99999999999"])(
    "is not suspected because a rule's pattern captures %j, which is not a pid",
    (captured) => {
      const rules = readRules(
        `[[rule]]
         name = "render"
         [[rule.signature]]
         title = '^render-worker (?<parent>\\S*)$'`,
        "own",
      );
      const shell: FakeProcess = { pid: 30 };
      const child: FakeProcess = { ...worker, command: [`render-worker ${captured}`], ppid: 30 };
      expect(found([shell, child], { rules })).toEqual([]);
    },
  );

  it("may name its parent by its pid in their PID namespace", () => {
    const compile = ["python3", "/t/compile_worker/__main__.py", "--parent=101"];
    const shell: FakeProcess = { pid: 30 };
    const child: FakeProcess = { ...worker, command: compile, ppid: 30, start: 500, inner: [102] };
    const parent: FakeProcess = { pid: 44, ppid: 30, start: 499, inner: [101] };
    expect(found([shell, child])).toHaveLength(1);
    expect(found([shell, child, parent])).toEqual([]);
    // The number may also be a pid of a namespace around theirs, but not of an unrelated one.
    expect(found([shell, child, { pid: 101, ppid: 30, start: 499 }])).toEqual([]);
    const apart: FakeProcess = { ...parent, namespace: "pid:[8]" };
    expect(found([shell, { ...child, namespace: "pid:[7]" }, apart])).toHaveLength(1);
    expect(found([shell, { ...child, namespace: "pid:[8]" }, apart])).toEqual([]);
    // A process of this namespace cannot have been started from inside another.
    expect(found([shell, { ...child, inner: [] }, parent])).toHaveLength(1);
  });

  it("is suspected below a container's init that has started another process", () => {
    const init: FakeProcess = { pid: 20, comm: "tini", start: 20 };
    const engine: FakeProcess = { pid: 21, ppid: 20, session: 21, start: 21 };
    const fallen: FakeProcess = { ...worker, ppid: 20, session: 50, start: 50 };
    expect(found([init, engine, fallen])).toEqual([["parent-gone", "likely", [50]]]);
    const [suspect] = classify(fakeScene(init, engine, fallen), judged()).suspects;
    expect(suspect?.evidence[1]).toBe(
      "it was reparented to tini (20), which starts only one process, and started another one",
    );
  });
});

describe("a young candidate", () => {
  const young = { ...worker, ageMs: 4000 };
  const at = (asked: Parameters<typeof limitsFor>[2], ...given: FakeProcess[]) => {
    const limitsOf: Judged["limitsOf"] = (rule) => limitsFor(configured, rule, asked);
    const { suspects, young: early } = classify(fakeScene(...given), judged({ limitsOf }));
    return { suspects: brief(suspects), young: brief(early) };
  };

  it("is not a suspect, and is listed separately with all processes below it", () => {
    const below: FakeProcess = { pid: 51, ppid: 50, session: 40, command: spawned, ageMs: 3000 };
    expect(at({}, young, below)).toEqual({
      suspects: [],
      young: [["parent-gone", "young", [50, 51]]],
    });
    const plain: FakeProcess = { pid: 80, session: 40, ageMs: 10, cpuPercent: 90 };
    expect(at({}, plain).young).toEqual([["cpu-without-session", "young", [80]]]);
  });

  it("is a suspect with --now, or with a lower --min-age or --cpu", () => {
    const suspects = [["parent-gone", "likely", [50]]];
    expect(at({ now: true }, young)).toEqual({ suspects, young: [] });
    expect(at({ minAgeMs: 4000 }, young)).toEqual({ suspects, young: [] });
    expect(at({ minAgeMs: 4001 }, young).suspects).toEqual([]);
    expect(at({ cpuPercent: 91 }, worker).suspects).toEqual([["parent-gone", "weak", [50]]]);
  });

  it("is in only one tree if an older suspect is below it", () => {
    const abandoned = { attempt, job: 7, keeper: null, members: [], stateDir: "/s", movedTo: null };
    const older: FakeProcess = { pid: 51, ppid: 50, session: 40, abandoned };
    expect(at({}, young, older)).toEqual({
      suspects: [["state-folder-gone", "likely", [51]]],
      young: [["parent-gone", "young", [50]]],
    });
  });
});

describe("a process that samples like an orphaned worker is not suspected", () => {
  const owner: FakeProcess = { pid: 45, session: 40, command: ["python3", "train.py"] };
  it.each<[string, readonly FakeProcess[]]>([
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
  ])("%s", (_, given) => {
    expect(found(given)).toEqual([]);
  });

  const engine: FakeProcess = {
    pid: 50,
    ppid: 20,
    start: 21,
    comm: "VLLM::EngineCore",
    command: ["VLLM::EngineCore"],
    cpuPercent: 90,
  };
  it.each(["tini", "dumb-init", "docker-init", "catatonit", "conmon"])(
    "when %s has started it, also where the leader of the session is gone",
    (comm) => {
      const init: FakeProcess = { pid: 20, session: 20, start: 20, comm };
      const later: FakeProcess = { pid: 51, ppid: 20, start: 30 };
      expect(found([init, engine, later])).toEqual([]);
      expect(found([{ ...init, session: 19 }, { ...engine, session: 19 }, later])).toEqual([]);
    },
  );

  it.each(["s6-svscan", "containerd-shim", "runsvdir"])("when %s may have started it", (comm) => {
    expect(found([{ pid: 20, start: 20, comm }, { pid: 22, ppid: 20, start: 20 }, engine])).toEqual(
      [],
    );
  });

  it("when process 1 is not a known init, as in a container", () => {
    const scene = fakeScene({ ...engine, ppid: 1 });
    const own = scene.processes.get(1);
    const processes = new Map(scene.processes).set(1, { ...own, comm: "entrypoint.sh" } as never);
    expect(classify({ ...scene, processes }, judged()).suspects).toEqual([]);
    expect(classify(scene, judged()).suspects).toHaveLength(1);
  });

  it("when its parent is outside this PID namespace", () => {
    expect(found([{ ...worker, ppid: 0 }])).toEqual([]);
  });

  it("when /proc hides processes: a missing process may be alive", () => {
    const compile = ["python3", "/t/compile_worker/__main__.py", "--parent=44"];
    for (const given of [worker, { ...worker, ppid: 30 }, { ...worker, command: compile }]) {
      const { processes: all, ...scene } = fakeScene(given);
      const processes = new Map([...all].filter(([pid]) => pid !== 1));
      expect(classify({ ...scene, processes, hidesProcesses: true }, judged()).suspects).toEqual(
        [],
      );
      expect(classify(fakeScene(given), judged()).suspects).toHaveLength(1);
    }
  });

  it("when process 1 is the Python that started it, as in a container", () => {
    const given = fakeScene({ ...worker, session: 1, processGroup: 1 });
    expect(classify(given, judged()).suspects).toEqual([]);
  });

  it("when the configuration allows its program", () => {
    expect(found([worker], { allow: new Set(["python3"]) })).toEqual([]);
  });
});

describe("a process whose state folder is gone", () => {
  const stat = (pid: number) => ({ ...fakeScene({ pid }).processes.get(pid) }) as ProcessStat;
  const gone = {
    attempt,
    job: 7,
    keeper: stat(60),
    members: [stat(61)],
    stateDir: "/state",
    movedTo: null,
  };
  const keeper: FakeProcess = {
    pid: 60,
    ppid: 50,
    comm: "holdfast-keeper",
    ageMs: 10,
    abandoned: gone,
  };
  const payload: FakeProcess = { pid: 61, ppid: 60, ageMs: 10, abandoned: gone };
  const spawner: FakeProcess = { pid: 50, comm: "holdfast-keeper" };

  it("is proven with its keeper, at any age and with any parent", () => {
    expect(found([spawner, keeper, payload])).toEqual([["state-folder-gone", "proven", [60, 61]]]);
  });

  it("is likely without a keeper", () => {
    const alone = { ...payload, ppid: 1, abandoned: { ...gone, keeper: null } };
    expect(found([alone])).toEqual([["state-folder-gone", "likely", [61]]]);
  });

  it("is not an orphan if the folder was moved: a server that uses it finds it", () => {
    const moved = { ...gone, movedTo: "/elsewhere" };
    expect(
      found([spawner, { ...keeper, abandoned: moved }, { ...payload, abandoned: moved }]),
    ).toEqual([]);
  });
});

describe("a process that a Holdfast job left behind", () => {
  const left: FakeProcess = { pid: 60, ageMs: 10, comm: "sleep" };
  const tie = { attempt, job: 7, ended: true } as const;

  it("is proven by the ended attempt's cgroup, at any age", () => {
    expect(found([{ ...left, tie: { ...tie, by: "cgroup" } }])).toEqual([
      ["left-by-job", "proven", [60]],
    ]);
  });

  it("is likely by its cookie, which is inherited", () => {
    expect(found([{ ...left, tie: { ...tie, by: "cookie" } }])).toEqual([
      ["left-by-job", "likely", [60]],
    ]);
    const session: FakeProcess = { ...left, comm: "tmux: server", tie: { ...tie, by: "cookie" } };
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
  const surf: FakeProcess = { pid: 70, session: 40, cpuPercent: 99, command: ["surf", "--job=12"] };
  const says = (status: JobStatus) => found([surf], { rules, statusOf: () => status });

  it("makes only processes of an ended job suspects", () => {
    expect(says("ended")).toEqual([["left-by-other-runner", "likely", [70]]]);
    expect(says("running")).toEqual([]);
    expect(says("unknown")).toEqual([]);
  });
});

describe("without a rule", () => {
  const plain: FakeProcess = { pid: 80, session: 40 };
  it("a GPU or CPU used without a session is never more than a hint", () => {
    const held = { ...plain, gpuDevices: ["/dev/nvidia1"] };
    expect(found([held])).toEqual([["gpu-without-owner", "weak", [80]]]);
    expect(found([{ ...plain, cpuPercent: 80 }])).toEqual([["cpu-without-session", "weak", [80]]]);
    expect(found([plain])).toEqual([]);
  });

  it.each<[string, readonly FakeProcess[]]>([
    ["a daemon, which leads its own session", [{ pid: 80, cpuPercent: 99 }]],
    ["a shell's background job", [{ pid: 40 }, { ...plain, cpuPercent: 99 }]],
    [
      "NVIDIA's persistence daemon",
      [{ ...plain, comm: "nvidia-persiste", gpuDevices: ["/dev/nvidia0"] }],
    ],
    ["DCGM", [{ ...plain, comm: "nv-hostengine", gpuDevices: ["/dev/nvidia0"] }]],
    ["a display", [{ ...plain, comm: "Xorg", gpuDevices: ["/dev/dri/renderD128"] }]],
  ])("%s is not suspected", (_, given) => {
    expect(found(given)).toEqual([]);
  });
});

describe("a process started with nohup at a shell that has ended", () => {
  const dask = ["dask", "worker", "tcp://10.0.0.7:8786"];
  const byHand: FakeProcess = {
    pid: 90,
    session: 40,
    processGroup: 90,
    cpuPercent: 90,
    command: dask,
  };

  it("is not suspected, with or without a rule", () => {
    for (const given of [byHand, { ...byHand, command: ["./simulate"] }]) {
      expect(found([given])).toHaveLength(1);
      expect(found([{ ...given, ignoresHangup: true }])).toEqual([]);
    }
  });

  it("is not suspected if the shell gave it no process group, as in a script", () => {
    for (const given of [byHand, { ...byHand, command: ["bash", "/opt/run_fastsurfer.sh"] }]) {
      const inScript = { ...given, processGroup: 40 };
      expect(found([inScript])).toHaveLength(1);
      expect(found([{ ...inScript, ignoresHangup: true }])).toEqual([]);
    }
    const forked = { ...byHand, processGroup: 40, command: spawned, ignoresHangup: true };
    expect(found([forked])).toEqual([["parent-gone", "likely", [90]]]);
  });

  it("is weakly suspected if such a worker is not started by hand", () => {
    expect(found([{ ...byHand, command: spawned, ignoresHangup: true }])).toEqual([
      ["parent-gone", "weak", [90]],
    ]);
  });
});
