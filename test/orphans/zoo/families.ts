import type { Random } from "./random.ts";

/** The command line and name of a process. */
export interface Appearance {
  argv: string[];
  comm: string;
}

export interface Family {
  name: string;
  /** The rule that must find it. */
  rule: string;
  appearance(random: Random): Appearance;
}

const pythons = ["python3", "/usr/bin/python3", "/opt/venv/bin/python", "python3.11"];

const python =
  (...args: string[]) =>
  (random: Random): Appearance => {
    const program = random.pick(pythons);
    const options = random.pick([[], ["-B"], ["-u"], ["-X", "dev"]]);
    return { argv: [program, ...options, ...args], comm: "python3" };
  };
const titled =
  (title: string, comm: string = title) =>
  (): Appearance => ({ argv: [title], comm: comm.slice(0, 15) });

/** The processes of each family, with command lines of real ones. */
export const families: readonly Family[] = [
  {
    name: "joblib's loky",
    rule: "loky",
    appearance: (random) =>
      python(
        "-m",
        random.pick(["joblib.externals.", ""]) + "loky.backend.popen_loky_posix",
        "--process-name",
        `LokyProcess-${1 + random.below(8)}`,
        "--pipe",
        String(10 + random.below(20)),
      )(random),
  },
  {
    name: "loky's tracker",
    rule: "loky-tracker",
    appearance: python(
      "-c",
      "from joblib.externals.loky.backend.resource_tracker import main; main(3, False)",
    ),
  },
  {
    name: "multiprocessing, spawn",
    rule: "mp-spawn",
    appearance: (random) =>
      python(
        "-c",
        `from multiprocessing.spawn import spawn_main; spawn_main(tracker_fd=${random.below(9)}, pipe_handle=6)`,
        "--multiprocessing-fork",
      )(random),
  },
  {
    name: "multiprocessing's tracker",
    rule: "mp-tracker",
    appearance: python("-c", "from multiprocessing.resource_tracker import main;main(3)"),
  },
  {
    name: "multiprocessing, fork server",
    rule: "mp-forkserver",
    appearance: python(
      "-c",
      "from multiprocessing.forkserver import main; main(5, 6, ['__main__'])",
    ),
  },
  {
    name: "DataLoader",
    rule: "torch-dataloader",
    appearance: () => ({ argv: ["python3", "train.py"], comm: "pt_data_worker" }),
  },
  {
    name: "torchrun",
    rule: "torchrun",
    appearance: () => ({
      argv: ["python3", "-m", "torch.distributed.run", "train.py"],
      comm: "pt_elastic",
    }),
  },
  {
    name: "inductor",
    rule: "torch-inductor",
    appearance: python(
      "/opt/venv/lib/torch/_inductor/compile_worker/__main__.py",
      "--pickler=torch._inductor.compile_worker.subproc_pool.SubprocPickler",
      "--workers=2",
      "--parent={ppid}",
    ),
  },
  {
    name: "vLLM",
    rule: "vllm",
    appearance: (random) => titled(`VLLM::${random.pick(["EngineCore_0", "Worker_TP1"])}`)(),
  },
  {
    name: "SGLang",
    rule: "sglang",
    appearance: (random) => titled(`sglang::${random.pick(["scheduler_TP0", "detokenizer"])}`)(),
  },
  {
    name: "Ray",
    rule: "ray",
    appearance: (random) => titled(`ray::${random.pick(["IDLE", "train()"])}`)(),
  },
  {
    name: "Dask",
    rule: "dask",
    appearance: (random) =>
      random.once(2)
        ? titled("dask worker tcp://10.0.0.7:8786", "dask worker")()
        : python("/opt/venv/bin/dask", "worker", "tcp://10.0.0.7:8786")(random),
  },
  {
    name: "Triton",
    rule: "triton-stub",
    appearance: () => ({
      argv: [
        "/opt/tritonserver/backends/python/triton_python_backend_stub",
        "/models/a/1/model.py",
        "region",
      ],
      comm: "triton_python_b",
    }),
  },
  {
    name: "DeepSpeed",
    rule: "deepspeed",
    appearance: python("-u", "-m", "deepspeed.launcher.launch", "--world_info=eyJ9", "train.py"),
  },
  {
    name: "Apptainer",
    rule: "apptainer",
    appearance: () => ({ argv: ["Apptainer runtime parent"], comm: "starter" }),
  },
  {
    name: "FastSurfer",
    rule: "fastsurfer",
    appearance: (random) =>
      random.once(2)
        ? { argv: ["bash", "/fastsurfer/run_fastsurfer.sh", "--sid", "case-7"], comm: "bash" }
        : python("/fastsurfer/FastSurferCNN/run_prediction.py", "--sid", "case-7")(random),
  },
];
