import { families, type Family, type Appearance } from "./families.ts";
import type { Random } from "./random.ts";
import { abandoned, daemon, session, type Node, type Tree } from "./tree.ts";

/** What the machine provides for the zoo. Null: not available. */
export interface Available {
  /** A folder in which cgroups can be created, in the hierarchy that scans read. */
  service: string | null;
  container: string | null;
  /** Attempts of an ended job and of a running job of the scanning server. */
  endedAttempt: string;
  liveAttempt: string;
  /** Whether processes of another user can be started. */
  otherUser: number | null;
  /** Whether PID namespaces can be created. */
  namespaces: boolean;
}

type Species = (random: Random, available: Available) => Omit<Tree, "truth"> | null;

const train: Appearance = { argv: ["python3", "train.py", "--epochs", "90"], comm: "python3" };
const bash: Appearance = { argv: ["-bash"], comm: "bash" };

function workers(family: Family, random: Random): Node[] {
  const count = 1 + random.below(3);
  return Array.from({ length: count }, () => ({
    ...family.appearance(random),
    ...(random.once(4) ? { children: [{ argv: ["sleep", "9"], comm: "sleep" }] } : {}),
  }));
}

/** Their parent was killed: the session leader, or a process below a leader that is gone too. */
const leftWorkers: Species = (random) => {
  const family = random.pick(families);
  const parent: Node = { ...train, dies: true, children: workers(family, random) };
  const node = random.once(2) ? { ...parent, setsid: true } : abandoned(parent);
  return { species: `left: ${family.name}`, rule: family.rule, node };
};

/** It had its own process group, whose leader has ended. */
const leftGroup: Species = (random) => {
  const family = random.pick(families);
  const parent: Node = { ...train, dies: true, setpgid: true, children: workers(family, random) };
  const node = abandoned({ ...bash, dies: true, children: [parent] });
  return { species: `left: ${family.name}, own group`, rule: family.rule, node };
};

const leftJob: Species = (random, { endedAttempt }) => ({
  species: "left: by an ended job",
  rule: null,
  node: abandoned({
    ...random.pick([train, { argv: ["sleep", "600"], comm: "sleep" }]),
    env: { HOLDFAST_ATTEMPT: endedAttempt },
  }),
});

const leftPlain: Species = (random) => ({
  species: "left: without a rule",
  rule: null,
  node: abandoned({
    ...random.pick<Appearance>([
      train,
      { argv: ["./simulate", "--steps", "1e9"], comm: "simulate" },
      { argv: ["ffmpeg", "-i", "a.mkv", "b.mp4"], comm: "ffmpeg" },
    ]),
  }),
});

/** The main process of a pool; its workers are forks with its command line. */
function forkPool(random: Random, rest: Partial<Node>): Node {
  return { ...train, forks: 2 + random.below(3), shares: true, ...rest };
}

const leftForkPool: Species = (random) => {
  const pool = forkPool(random, { dies: true });
  const node = random.once(2) ? { ...pool, setsid: true } : abandoned({ ...pool, setpgid: true });
  return { species: "left: fork pool", rule: "fork-pool", node };
};

/** At a shell, as a daemon, or in the background of a script that has ended. */
const liveForkPool: Species = (random) => {
  const pool = forkPool(random, {});
  const [where, node] = random.pick<[string, Node]>([
    ["at a shell", session(bash, pool)],
    ["daemon", daemon(pool)],
    ["nohup", abandoned({ ...pool, nohup: true })],
  ]);
  return { species: `living fork pool: ${where}`, rule: null, node };
};

const livePool: Species = (random) => {
  const family = random.pick(families);
  return {
    species: `living pool: ${family.name}`,
    rule: null,
    node: session(bash, { ...train, children: workers(family, random) }),
  };
};

const poolOfDaemon: Species = (random) => {
  const family = random.pick(families);
  const serve: Appearance = {
    argv: ["python3", "-m", "vllm.entrypoints.openai.api_server"],
    comm: "python3",
  };
  return {
    species: "pool of a daemon",
    rule: null,
    node: daemon(serve, { children: workers(family, random) }),
  };
};

const plainDaemon: Species = (random) => ({
  species: "daemon",
  rule: null,
  node: daemon(
    random.pick<Appearance>([
      { argv: ["/usr/sbin/cron", "-f"], comm: "cron" },
      { argv: ["/usr/bin/nvidia-persistenced"], comm: "nvidia-persiste" },
      { argv: ["/usr/bin/nv-hostengine", "-n"], comm: "nv-hostengine" },
      { argv: ["redis-server *:6379"], comm: "redis-server" },
      { argv: ["/usr/bin/python3", "/opt/agent/agent.py"], comm: "python3" },
    ]),
    { children: random.once(2) ? [{ argv: ["sleep", "60"], comm: "sleep" }] : [] },
  ),
});

const terminals: Species = (random) => {
  const top = random.pick<Appearance>([
    { argv: ["tmux", "new-session", "-d"], comm: "tmux: server" },
    { argv: ["SCREEN", "-S", "train"], comm: "screen" },
    { argv: ["sshd: ada@pts/0"], comm: "sshd" },
    { argv: ["mosh-server", "new"], comm: "mosh-server" },
    { argv: ["/home/ada/.vscode-server/bin/node", "server-main.js"], comm: "node" },
    { argv: ["python3", "/opt/venv/bin/jupyter-lab"], comm: "jupyter-lab" },
  ]);
  const family = random.pick(families);
  const pane = session(bash, { ...train, children: workers(family, random) });
  return { species: `session: ${top.comm}`, rule: null, node: daemon(top, { children: [pane] }) };
};

/**
 * It was meant to continue. An interactive shell gives it its own process group, a script does not.
 */
const nohup: Species = (random) => {
  const [appearance, setpgid] = random.pick<[Appearance, boolean]>([
    [train, true],
    [train, false],
    [{ argv: ["dask", "worker", "tcp://10.0.0.7:8786"], comm: "dask" }, true],
    [{ argv: ["bash", "/fastsurfer/run_fastsurfer.sh", "--sid", "case-7"], comm: "bash" }, true],
    [
      {
        argv: ["python3", "-m", "deepspeed.launcher.launch", "--world_info=eyJ9"],
        comm: "python3",
      },
      true,
    ],
  ]);
  return { species: "nohup", rule: null, node: abandoned({ ...appearance, setpgid, nohup: true }) };
};

const similar: Species = (random) => {
  const appearance = random.pick<Appearance>([
    { argv: ["vim", "loky.backend.popen_loky_posix"], comm: "vim" },
    { argv: ["grep", "-r", "from multiprocessing.spawn import spawn_main", "."], comm: "grep" },
    { argv: ["tail", "-f", "VLLM::EngineCore.log"], comm: "tail" },
    { argv: ["less", "ray::IDLE"], comm: "less" },
    { argv: ["bash", "-c", "watch 'ps | grep triton_python_backend_stub'"], comm: "bash" },
    { argv: ["python3", "-m", "pdb", "deepspeed.launcher.launch"], comm: "python3" },
    { argv: ["emacs", "/fastsurfer/run_fastsurfer.sh"], comm: "emacs" },
  ]);
  return {
    species: "appearance-alike",
    rule: null,
    node: random.once(2) ? session(bash, appearance) : daemon(appearance),
  };
};

/** It has lost its parent, but carries the cookie of a running job or of another Holdfast's job. */
const marked: Species = (random, { liveAttempt }) => {
  const other = `${(10_000_000 + random.below(80_000_000)).toString()}-0000-4000-8000-000000000000`;
  const attempt = random.pick([liveAttempt, other]);
  const family = random.pick(families);
  return {
    species: attempt === liveAttempt ? "job that lives" : "job of another Holdfast",
    rule: null,
    node: abandoned({ ...family.appearance(random), env: { HOLDFAST_ATTEMPT: attempt } }),
  };
};

const otherUsers: Species = (random, { otherUser }) => {
  if (otherUser === null) return null;
  const family = random.pick(families);
  const node = abandoned({ ...family.appearance(random), uid: otherUser });
  return { species: "another user's", rule: null, node };
};

const inService: Species = (random, { service }) => {
  if (service === null) return null;
  const family = random.pick(families);
  const node = abandoned({ ...family.appearance(random), cgroup: service });
  return { species: "in a systemd service", rule: null, node };
};

const inContainer: Species = (random, { container }) => {
  if (container === null) return null;
  const shim: Appearance = {
    argv: ["/usr/bin/containerd-shim-runc-v2", "-id", "7"],
    comm: "containerd-shim",
  };
  const family = random.pick(families);
  const init: Node = {
    ...train,
    setsid: true,
    cgroup: container,
    children: workers(family, random),
  };
  return { species: "in a container", rule: null, node: daemon(shim, { children: [init] }) };
};

const inits: readonly Appearance[] = [
  { argv: ["/usr/bin/tini", "--", "vllm", "serve"], comm: "tini" },
  { argv: ["/usr/bin/dumb-init", "vllm", "serve"], comm: "dumb-init" },
  { argv: ["/dev/init", "--", "vllm", "serve"], comm: "docker-init" },
  { argv: ["/catatonit", "--", "vllm", "serve"], comm: "catatonit" },
];
const engine: Appearance = { argv: ["VLLM::EngineCore_0"], comm: "VLLM::EngineCor" };

/** In the session of its init, or in its own session, as under dumb-init. */
const launchedByInit: Species = (random) => ({
  species: "started by an init",
  rule: null,
  node: daemon(random.pick(inits), { children: [{ ...engine, setsid: random.once(2) }] }),
});

/** Its parent was killed, below an init that continues with the program it started. */
const leftBelowInit: Species = (random) => {
  const parent: Node = {
    ...train,
    dies: true,
    children: [{ ...engine, setsid: true, later: true }],
  };
  const main: Node = { ...train, bystander: true, children: [parent] };
  const init: Node = { ...random.pick(inits), bystander: true, subreaper: true, children: [main] };
  return { species: "left: vLLM, below an init", rule: "vllm", node: { ...init, setsid: true } };
};

const inductor = families.filter(({ rule }) => rule === "torch-inductor");

/** Compile workers name their parent by its pid in their namespace. */
const leftInNamespace: Species = (random, { namespaces }) => {
  if (!namespaces) return null;
  const parent: Node = { ...train, dies: true, children: workers(random.pick(inductor), random) };
  const init: Node = { argv: ["sh", "run.sh"], comm: "sh", bystander: true, children: [parent] };
  return {
    species: "left: inductor, in a PID namespace",
    rule: "torch-inductor",
    node: { ...train, bystander: true, setsid: true, pidNamespace: true, children: [init] },
  };
};

const inNamespace: Species = (random, { namespaces }) => {
  if (!namespaces) return null;
  const pool: Node = { ...train, children: workers(random.pick(inductor), random) };
  const init: Node = { argv: ["sh", "run.sh"], comm: "sh", children: [pool] };
  const node = session(bash, { ...train, pidNamespace: true, children: [init] });
  return { species: "in a PID namespace", rule: null, node };
};

const orphans: readonly Species[] = [
  leftWorkers,
  leftWorkers,
  leftWorkers,
  leftGroup,
  leftForkPool,
  leftJob,
  leftPlain,
  leftBelowInit,
  leftInNamespace,
];
const innocents: readonly Species[] = [
  livePool,
  livePool,
  liveForkPool,
  poolOfDaemon,
  plainDaemon,
  terminals,
  terminals,
  nohup,
  similar,
  similar,
  marked,
  otherUsers,
  inService,
  inContainer,
  launchedByInit,
  inNamespace,
];

/**
 * Makes `count` trees, half of them orphans; everything, including the order, is derived from the
 * seed.
 */
export function zooOf(count: number, random: Random, available: Available): Tree[] {
  const trees: Tree[] = [];
  for (let index = 0; trees.length < count; index += 1) {
    const isOrphan = index % 2 === 0;
    const list = isOrphan ? orphans : innocents;
    // One after the other, so that a small zoo has every species.
    const species = list[Math.floor(index / 2) % list.length];
    const found = species?.(random, available) ?? null;
    if (found !== null) trees.push({ ...found, truth: isOrphan ? "orphan" : "innocent" });
  }
  return random.shuffled(trees);
}
