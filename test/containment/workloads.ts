import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";

/** An ordinary program with many processes, which prints a line at each step until it is stopped. */
export interface Workload {
  name: string;
  /** Whether this machine has what it needs. */
  here: boolean;
  /** Steps that it surely takes; 20 where left out. */
  steps?: number;
  /** `folder`: one of the test's own. */
  command: (folder: string) => string[];
  /** For what is not a process. */
  cleanUp?: (folder: string) => void;
}

const folder = join(import.meta.dirname, "workloads");
const python = "/usr/bin/python3";
const sandbox = ["bwrap", "--dev-bind", "/", "/", "--unshare-pid", "--proc", "/proc"] as const;
const loop = `n=0; while :; do n=$((n + 1)); echo step $n; sleep 0.01; done`;

function runs(program: string, ...args: string[]): boolean {
  return spawnSync(program, args, { stdio: "ignore" }).status === 0;
}
const imports = (module: string) => runs(python, "-c", `import ${module}`);

export const workloads: Workload[] = [
  {
    name: "a joblib grid search",
    here: imports("sklearn"),
    command: () => [
      python,
      resolve(import.meta.dirname, "../../examples/train_sklearn.py"),
      "--jobs=4",
      "--size=0.1",
    ],
    // Of 36, which may come all at once on a busy machine.
    steps: 6,
  },
  ...["spawn", "fork", "forkserver"].map((method) => ({
    name: `a multiprocessing pool by ${method}`,
    here: runs(python, "-c", ""),
    command: () => [python, join(folder, "pool.py"), method],
  })),
  {
    name: "a torch DataLoader with eight workers",
    here: imports("torch"),
    command: () => [python, join(folder, "loader.py")],
  },
  {
    name: "four MPI ranks",
    here: imports("mpi4py") && runs("mpirun", "--version"),
    command: () => [
      "mpirun",
      "--allow-run-as-root",
      "--oversubscribe",
      "-n",
      "4",
      python,
      join(folder, "ranks.py"),
    ],
  },
  {
    name: "a pipeline in the background",
    here: true,
    command: () => ["/bin/sh", "-c", `(${loop} | sed -u s/x/y/ | cat) & wait`],
  },
  {
    name: "make -j",
    here: runs("make", "--version"),
    command: () => ["make", "-j", "6", "-f", join(folder, "Makefile")],
  },
  {
    name: "a bubblewrap sandbox with its own PID namespace",
    here: runs(...sandbox, "true"),
    command: () => [...sandbox, "/bin/sh", "-c", `(${loop}) & ${loop}`],
  },
  {
    name: "a podman container",
    here:
      process.getuid?.() === 0 &&
      runs("podman", "--version") &&
      runs("runc", "--version") &&
      runs("busybox", "true"),
    command: (own) => {
      mkdirSync(join(own, "root/bin"), { recursive: true });
      for (const name of ["sh", "sleep"])
        copyFileSync("/usr/bin/busybox", join(own, "root/bin", name));
      return [
        ...podman(own),
        "run",
        "--rm",
        "--network=none",
        // Podman's own numbers are more than some machines let even root ask for.
        "--ulimit=nofile=1024:1024",
        "--ulimit=nproc=1024:1024",
        "--env=WITNESS_DIR",
        "--rootfs",
        join(own, "root"),
        "/bin/sh",
        "-c",
        `(${loop}) & ${loop}`,
      ];
    },
    cleanUp: (own) => {
      runs(...podman(own), "rm", "--all", "--force");
      runs("umount", "--recursive", join(own, "storage"));
    },
  },
];

/** With its own storage, so that it cannot reach other containers. */
function podman(own: string): [string, ...string[]] {
  return [
    "podman",
    `--root=${join(own, "storage")}`,
    `--runroot=${join(own, "run")}`,
    `--tmpdir=${join(own, "tmp")}`,
    "--storage-driver=vfs",
    "--cgroup-manager=cgroupfs",
    "--events-backend=none",
    // crun refuses hybrid cgroups.
    "--runtime=runc",
  ];
}
