import { describe, expect, it } from "vitest";
import defaults from "./default-rules.toml";
import { readRules } from "./load-rules.ts";
import { matchOf } from "./match.ts";

const rules = readRules(defaults, "built in");

function ruleOf(argv: readonly string[], comm = "program"): string | null {
  return matchOf({ argv, comm, variable: () => null }, rules)?.rule.name ?? null;
}

const loky = "joblib.externals.loky.backend.popen_loky_posix";
const spawn =
  "from multiprocessing.spawn import spawn_main; spawn_main(tracker_fd=4, pipe_handle=6)";
const lokyTracker =
  "from joblib.externals.loky.backend.resource_tracker import main; main(3, False)";

describe("a built-in rule matches its family", () => {
  it.each<[string, readonly string[], string?]>([
    ["loky", ["/usr/bin/python3", "-m", loky, "--process-name", "LokyProcess-1", "--pipe", "14"]],
    ["loky", ["python", "-B", "-X", "dev", "-m", "loky.backend.popen_loky_posix", "--pipe", "3"]],
    ["loky-tracker", ["python3.11", "-B", "-c", lokyTracker]],
    ["mp-spawn", ["/opt/venv/bin/python", "-c", spawn, "--multiprocessing-fork"]],
    ["mp-tracker", ["python3", "-c", "from multiprocessing.resource_tracker import main;main(11)"]],
    [
      "mp-forkserver",
      ["python3", "-c", "from multiprocessing.forkserver import main; main(5, 6, ['__main__'])"],
    ],
    ["torch-dataloader", ["python", "train.py"], "pt_data_worker"],
    ["torchrun", ["python", "-m", "torch.distributed.run"], "pt_elastic"],
    [
      "torch-inductor",
      [
        "/usr/bin/python3",
        "/venv/torch/_inductor/compile_worker/__main__.py",
        "--pickler=x",
        "--parent=77",
      ],
    ],
    ["vllm", ["VLLM::EngineCore_0"]],
    ["vllm", ["VLLM::Worker_TP1"]],
    ["sglang", ["sglang::scheduler_TP0"]],
    ["ray", ["ray::IDLE"]],
    ["ray-daemon", ["/venv/ray/core/src/ray/raylet/raylet", "--node_ip=1"]],
    ["dask", ["/usr/bin/python3", "/usr/bin/dask", "worker", "tcp://10.0.0.1:8786"]],
    ["triton-stub", ["/opt/tritonserver/backends/python/triton_python_backend_stub", "m.py"]],
    ["deepspeed", ["python", "-u", "-m", "deepspeed.launcher.launch", "--world_info=eyJ"]],
    ["apptainer", ["Apptainer runtime parent"]],
    ["apptainer", [], "starter"],
    ["fastsurfer", ["/bin/bash", "/fastsurfer/run_fastsurfer.sh", "--sid", "x"]],
    ["fastsurfer", ["python3.10", "/fastsurfer/FastSurferCNN/run_prediction.py", "--t1", "a"]],
  ])("%s: %j", (name, argv, comm) => {
    expect(ruleOf(argv, comm)).toBe(name);
  });

  it("and returns the parent's pid if the command line names it", () => {
    const argv = ["python3", "/v/compile_worker/__main__.py", "--parent=4711", "--x"];
    expect(matchOf({ argv, comm: "python3", variable: () => null }, rules)?.groups).toEqual({
      parent: "4711",
    });
  });
});

describe("a similar command line matches no rule", () => {
  it.each<[string, readonly string[], string?]>([
    ["a search", ["grep", "-r", loky, "."]],
    ["a search with an expression", ["rg", "--", "from multiprocessing.spawn import spawn_main"]],
    ["an editor", ["vim", "/src/FastSurferCNN/run_prediction.py"]],
    ["an editor of a script", ["nano", "run_fastsurfer.sh"]],
    ["a pager", ["less", "recon-surf.sh"]],
    ["a shell that runs a search", ["bash", "-c", `ps aux | grep ${loky}`]],
    ["a shell that would start one", ["sh", "-c", `python3 -m ${loky}`]],
    ["a module as another's argument", ["python3", "-m", "pytest", "-m", loky]],
    ["a module named by a script", ["python3", "report.py", "-m", loky]],
    ["a longer module", ["python3", "-m", `${loky}_test`]],
    ["a shorter module", ["python3", "-m", "loky.backend"]],
    ["code that mentions it", ["python3", "-c", `print("${spawn}")`]],
    [
      "code that begins alike",
      ["python3", "-c", "from multiprocessing.spawn import get_command_line"],
    ],
    ["spawn's code without its mark", ["python3", "-c", spawn]],
    ["a title as an argument", ["echo", "VLLM::EngineCore"]],
    ["a title in a path", ["/tmp/ray::IDLE"]],
    ["a log of it", ["tail", "-f", "/logs/ray::IDLE.log"]],
    ["a short name that is longer", ["x"], "pt_data_workers"],
    ["dask's scheduler", ["python3", "/usr/bin/dask", "scheduler"]],
    ["a client of dask", ["python3", "client.py", "dask", "worker", "tcp://10.0.0.1:8786"]],
    ["a program named after it", ["/usr/bin/raylet-exporter"]],
    ["nothing at all", []],
  ])("%s: %j", (_, argv, comm) => {
    expect(ruleOf(argv, comm)).toBeNull();
  });
});

describe("an invalid file of rules is refused with the place", () => {
  it.each([
    ["[[rule]", "my.toml"],
    ['[[rule]]\nname = "a"', "rule.0.signature"],
    ['[[rule]]\nname = "a"\n[[rule.signature]]\ninterpreter = "python"', "rule.0.signature.0"],
    ['[[rule]]\nname = "a"\n[[rule.signature]]\ncomm = "("', "rule.0.signature.0.comm"],
    ['[[rule]]\nname = "A b"\n[[rule.signature]]\ncomm = "x"', "rule.0.name"],
    ['[[rule]]\nname = "a"\nmin_age = "5"\n[[rule.signature]]\ncomm = "x"', "rule.0.min_age"],
    ['[[rule]]\nname = "a"\nkill = true\n[[rule.signature]]\ncomm = "x"', "rule.0"],
  ])("%j", (text, place) => {
    expect(() => readRules(text, "my.toml")).toThrow(
      expect.objectContaining({
        refusal: {
          code: "bad_rule",
          details: { where: expect.stringContaining(place), what: expect.any(String) },
        },
      }),
    );
  });
});
