/** Programs that start containers. `singularity` takes the same arguments as `apptainer`. */
export const containerRuntimes = ["apptainer", "singularity", "podman", "docker"] as const;
export type ContainerRuntime = (typeof containerRuntimes)[number];

/** The container that a job's command runs in. Fixed at submission. */
export interface ContainerSpec {
  runtime: ContainerRuntime;
  /** In the runtime's form: a name with a tag, a digest, a file. */
  image: string;
  /** Options of the runtime's own `run` or `exec`, put before the image. */
  args: string[];
  /** `HOST[:CONTAINER[:ro]]` beside the working directory, which is always there. */
  binds: string[];
  /** Names of the job's variables that are passed into the container, if the runtime starts it without them. */
  env: string[];
}

/**
 * Whether the container has a name and can outlive the command that started it, so that the end of
 * that command does not prove the container's end. Apptainer's are ordinary children.
 */
export function outlivesItsClient(runtime: ContainerRuntime): boolean {
  return runtime === "podman" || runtime === "docker";
}

/** Unique: it contains the attempt's UUID. */
export function containerName(attempt: string): string {
  return `holdfast-${attempt}`;
}
