import { describe, expect, it } from "vitest";
import type { ContainerRuntime } from "../../job/container.ts";
import { unlimited } from "../../job/limits.ts";
import { clientCommand, clientPolicy, type ContainerOrder } from "./client-command.ts";

function command(runtime: ContainerRuntime, changes: Partial<ContainerOrder> = {}): string[] {
  return clientCommand({
    container: { runtime, image: "ubuntu:24.04", args: [], binds: [], env: [] },
    command: ["python3", "train.py", "--name", "x"],
    attempt: "0b8f",
    cwd: "/home/ada/run",
    idFile: "/state/attempts/0b8f/container.id",
    gpuUuids: [],
    limits: unlimited,
    cpus: null,
    ...changes,
  });
}

/** What is given to `option`, each time. */
function values(argv: readonly string[], option: string): string[] {
  const begin = `${option}=`;
  return argv.flatMap((word) => (word.startsWith(begin) ? [word.slice(begin.length)] : []));
}

describe.each(["podman", "docker"] as const)("the command line of %s", (runtime) => {
  it("names the container after the attempt and records its id", () => {
    expect(command(runtime)).toEqual([
      runtime,
      "run",
      "--rm",
      "--name=holdfast-0b8f",
      "--label=holdfast.attempt=0b8f",
      "--cidfile=/state/attempts/0b8f/container.id",
      "--log-driver=none",
      "--volume=/home/ada/run:/home/ada/run",
      "--workdir=/home/ada/run",
      "--env=HOLDFAST_JOB",
      "--env=HOLDFAST_ATTEMPT",
      "--env=HOLDFAST_ATTEMPT_NUMBER",
      "ubuntu:24.04",
      "python3",
      "train.py",
      "--name",
      "x",
    ]);
  });

  it("hands variables in by name, so that no value is on a command line", () => {
    const container = { runtime, image: "i", args: [], binds: [], env: ["TOKEN"] };
    expect(values(command(runtime, { container }), "--env")).toContain("TOKEN");
  });

  it("puts the user's options last, where they win, and before the image", () => {
    const container = { runtime, image: "i", args: ["--network=none"], binds: [], env: [] };
    const argv = command(runtime, { container });
    expect(argv.slice(argv.indexOf("--network=none"))).toEqual([
      "--network=none",
      "i",
      "python3",
      "train.py",
      "--name",
      "x",
    ]);
  });

  it("binds what is asked for, under the same path where none is given", () => {
    const container = { runtime, image: "i", args: [], binds: ["/data", "/a:/b:ro"], env: [] };
    expect(values(command(runtime, { container }), "--volume")).toEqual([
      "/home/ada/run:/home/ada/run",
      "/data:/data",
      "/a:/b:ro",
    ]);
  });

  it("leaves the container's root alone, and copes with a colon in a path", () => {
    expect(values(command(runtime, { cwd: "/" }), "--workdir")).toEqual([]);
    expect(values(command(runtime, { cwd: "/a:b" }), "--mount")).toEqual([
      "type=bind,source=/a:b,target=/a:b",
    ]);
  });

  it("passes limits on: the container has a group of its own", () => {
    const limits = {
      ...unlimited,
      memoryMaxBytes: 2 ** 30,
      swapMaxBytes: 0,
      cpuCores: 1.5,
      pidsMax: 100,
    };
    const argv = command(runtime, { limits, cpus: "0-3" });
    expect(values(argv, "--memory")).toEqual(["1073741824b"]);
    expect(values(argv, "--memory-swap")).toEqual(["1073741824b"]);
    expect(values(argv, "--cpus")).toEqual(["1.5"]);
    expect(values(argv, "--pids-limit")).toEqual(["100"]);
    expect(values(argv, "--cpuset-cpus")).toEqual(["0-3"]);
  });
});

describe("the client of a container", () => {
  it("alone is signalled where it hands the signal in", () => {
    expect(clientPolicy("docker", true)).toEqual({ stopScope: "main" });
    expect(clientPolicy("apptainer", true)).toEqual({});
  });

  it("of root's podman may tidy up; an ordinary user's may have left what never goes", () => {
    expect(clientPolicy("podman", true)).toEqual({ stopScope: "main", leftovers: "wait" });
    expect(clientPolicy("podman", false)).toEqual({ stopScope: "main" });
  });
});

describe("GPUs", () => {
  const gpuUuids = ["GPU-1", "GPU-2"];

  it("podman: one CDI device each", () => {
    expect(values(command("podman", { gpuUuids }), "--device")).toEqual([
      "nvidia.com/gpu=GPU-1",
      "nvidia.com/gpu=GPU-2",
    ]);
  });

  it("docker: one quoted field, or the second would be taken for another option", () => {
    expect(values(command("docker", { gpuUuids }), "--gpus")).toEqual(['"device=GPU-1,GPU-2"']);
  });

  it("apptainer: --nv, and the choice by the environment", () => {
    expect(command("apptainer", { gpuUuids })).toContain("--nv");
    expect(command("apptainer")).not.toContain("--nv");
  });
});

describe.each(["apptainer", "singularity"] as const)("the command line of %s", (runtime) => {
  it("has a PID namespace of its own and the working directory", () => {
    const container = {
      runtime,
      image: "./a.sif",
      args: ["--cleanenv"],
      binds: ["/data"],
      env: [],
    };
    expect(command(runtime, { container })).toEqual([
      runtime,
      "exec",
      "--pid",
      "--bind=/home/ada/run",
      "--pwd=/home/ada/run",
      "--bind=/data",
      "--cleanenv",
      "./a.sif",
      "python3",
      "train.py",
      "--name",
      "x",
    ]);
  });
});
