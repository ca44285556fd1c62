import {
  containerName,
  type ContainerRuntime,
  type ContainerSpec,
  outlivesItsClient,
} from "../../job/container.ts";
import type { ResourceLimits } from "../../job/limits.ts";
import type { JobSpec } from "../../job/spec.ts";

/** Everything that the command line of a container's client depends on. */
export interface ContainerOrder {
  container: ContainerSpec;
  command: readonly string[];
  attempt: string;
  /** Absolute; there under the same path in the container. */
  cwd: string;
  /** Where the runtime writes the container's id. */
  idFile: string;
  gpuUuids: readonly string[];
  limits: ResourceLimits;
  cpus: string | null;
}

/** The label that identifies a container of this attempt, whatever its name. */
export const attemptLabel = "holdfast.attempt";

/** Holdfast's variables that are useful inside. HOLDFAST_ATTEMPT is the cookie. */
const handedIn = ["HOLDFAST_JOB", "HOLDFAST_ATTEMPT", "HOLDFAST_ATTEMPT_NUMBER"];

/** How a keeper treats the client of a container, if that differs from the specification. */
export function clientPolicy(
  runtime: ContainerRuntime,
  isRoot: boolean,
): Partial<Pick<JobSpec, "stopScope" | "leftovers">> {
  if (!outlivesItsClient(runtime)) return {};
  return {
    // The client forwards the signal; the processes inside would get it twice.
    stopScope: "main",
    // What podman leaves behind cleans up and then ends. Not for ordinary users: their podman may have
    // started the process that holds their user namespace, which stays.
    ...(runtime === "podman" && isRoot ? { leftovers: "wait" } : {}),
  };
}

/** The argument vector that starts the container in the foreground. Values of variables are never in it. */
export function clientCommand(order: ContainerOrder): string[] {
  switch (order.container.runtime) {
    case "apptainer":
    case "singularity":
      return apptainerCommand(order);
    case "podman":
      return ["podman", ...runOptions(order), ...podmanGpus(order.gpuUuids), ...last(order)];
    case "docker":
      return ["docker", ...runOptions(order), ...dockerGpus(order.gpuUuids), ...last(order)];
  }
}

/**
 * A PID namespace of its own: when its first process ends, all others end. The environment is
 * passed on by default, and with it the choice of GPUs (CUDA_VISIBLE_DEVICES).
 */
function apptainerCommand({ container, command, cwd, gpuUuids }: ContainerOrder): string[] {
  return [
    container.runtime,
    "exec",
    "--pid",
    ...(gpuUuids.length === 0 ? [] : ["--nv"]),
    `--bind=${cwd}`,
    `--pwd=${cwd}`,
    ...container.binds.map((bind) => `--bind=${bind}`),
    ...container.args,
    container.image,
    ...command,
  ];
}

/** What podman and docker have in common. The log driver is off: the output is already in the job's log. */
function runOptions({ container, attempt, cwd, idFile, limits, cpus }: ContainerOrder): string[] {
  return [
    "run",
    "--rm",
    `--name=${containerName(attempt)}`,
    `--label=${attemptLabel}=${attempt}`,
    `--cidfile=${idFile}`,
    "--log-driver=none",
    ...workingDirectory(cwd),
    ...container.binds.map((bind) => `--volume=${bind.includes(":") ? bind : `${bind}:${bind}`}`),
    ...[...handedIn, ...container.env].map((name) => `--env=${name}`),
    ...limitOptions(limits, cpus),
  ];
}

function workingDirectory(cwd: string): string[] {
  // The container has a root of its own; its place cannot be taken.
  if (cwd === "/") return [];
  const mount = cwd.includes(":")
    ? `--mount=type=bind,source=${cwd},target=${cwd}`
    : `--volume=${cwd}:${cwd}`;
  return [mount, `--workdir=${cwd}`];
}

/** The runtime puts the container into a group of its own, where the attempt's limits do not reach. */
function limitOptions(limits: ResourceLimits, cpus: string | null): string[] {
  const { memoryMaxBytes, swapMaxBytes, cpuCores, pidsMax } = limits;
  return [
    ...(memoryMaxBytes === null ? [] : [`--memory=${memoryMaxBytes}b`]),
    // It counts memory and swap together.
    ...(memoryMaxBytes === null || swapMaxBytes === null
      ? []
      : [`--memory-swap=${memoryMaxBytes + swapMaxBytes}b`]),
    ...(cpuCores === null ? [] : [`--cpus=${cpuCores}`]),
    ...(pidsMax === null ? [] : [`--pids-limit=${pidsMax}`]),
    ...(cpus === null ? [] : [`--cpuset-cpus=${cpus}`]),
  ];
}

function podmanGpus(uuids: readonly string[]): string[] {
  return uuids.map((uuid) => `--device=nvidia.com/gpu=${uuid}`);
}

/** One argument that docker reads as a line of CSV: the quotes keep several UUIDs in one field. */
function dockerGpus(uuids: readonly string[]): string[] {
  return uuids.length === 0 ? [] : [`--gpus="device=${uuids.join(",")}"`];
}

function last({ container, command }: ContainerOrder): string[] {
  return [...container.args, container.image, ...command];
}
