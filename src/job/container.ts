/** Programs that start containers. `singularity` takes the same words as `apptainer`. */
export const containerRuntimes = ["apptainer", "singularity", "podman", "docker"] as const;
export type ContainerRuntime = (typeof containerRuntimes)[number];

/** The container that a job's command runs in. Fixed at submission. */
export interface ContainerSpec {
  runtime: ContainerRuntime;
  /** As the runtime takes it: a name with a tag, a digest, a file. */
  image: string;
  /** Options of the runtime's own `run` or `exec`, put before the image. */
  args: string[];
  /** `HOST[:CONTAINER[:ro]]` beside the working directory, which is always there. */
  binds: string[];
  /** Names of variables of the job that go into the container, where the runtime starts it with none of them. */
  env: string[];
}

/**
 * Whether the container has a name and a life of its own, which the end of the command that started it
 * does not prove to be over. Apptainer's are ordinary children.
 */
export function outlivesItsClient(runtime: ContainerRuntime): boolean {
  return runtime === "podman" || runtime === "docker";
}

/** Nobody else's: it holds the attempt's uuid. */
export function containerName(attempt: string): string {
  return `holdfast-${attempt}`;
}
