/** Names of other tools for the verbs, and the command to type. */
const meant: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "holdfast cancel JOB": ["stop", "abort", "terminate", "end", "scancel", "qdel"],
    "holdfast ls (holdfast show JOB for one job, holdfast server status for the server)": [
      "status",
      "stat",
      "squeue",
      "qstat",
    ],
    "holdfast ls": ["list", "jobs", "queue"],
    "holdfast ls -w (holdfast doctor says why the machine is slow)": ["top", "monitor", "htop"],
    "holdfast submit PROGRAM (the job continues after a logout; holdfast logs -f JOB follows it)": [
      "nohup",
      "screen",
      "tmux",
      "detach",
      "disown",
      "setsid",
      "bg",
    ],
    "holdfast kill JOB, or holdfast kill --all": ["killall", "pkill"],
    "holdfast gpus": ["nvidia-smi", "nvtop", "gpu"],
    "holdfast holders TARGET (gpu:0, port:8000, pid:812, shm:/name or file:PATH)": [
      "who",
      "fuser",
      "lsof",
    ],
    "holdfast logs -f JOB": ["fg", "reattach", "attach", "tail", "follow", "output", "cat"],
    "holdfast submit PROGRAM": ["add", "enqueue", "sbatch", "qsub", "bsub"],
    "holdfast run PROGRAM": ["start", "exec", "srun", "launch"],
    "holdfast rm JOB": ["delete", "remove", "del"],
    "holdfast show JOB": ["info", "inspect", "describe"],
    "holdfast pause JOB": ["suspend", "freeze"],
    "holdfast resume JOB": ["continue", "unpause", "thaw"],
    "holdfast retry JOB (holdfast server restart for the server)": ["restart", "rerun", "requeue"],
  }).flatMap(([command, names]) => names.map((word) => [word, command] as const)),
);

/** Null: not a known name of another tool. */
export function knownElsewhere(word: string): string | null {
  return meant.get(word) ?? null;
}
