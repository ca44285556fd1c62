import { containerName, type ContainerRuntime } from "../../job/container.ts";
import { runToEnd, type Finished } from "../../system/child.ts";
import { attemptLabel } from "./client-command.ts";

/** What a runtime says about an attempt's container. */
export type Found =
  | { kind: "absent" }
  | { kind: "present"; id: string; running: boolean }
  /** It could not be asked, or its answer is not understood. */
  | { kind: "unknown"; why: string };

// A daemon that hangs must not delay the answer indefinitely; the next round asks again.
const timeoutMs = 30_000;
const format = `{{.Id}} {{.State.Running}} {{index .Config.Labels "${attemptLabel}"}}`;

/**
 * Asks podman or docker, with the environment of the job (variables such as DOCKER_HOST and
 * XDG_RUNTIME_DIR select one of several). By name: the payload could have written the id in the
 * attempt's folder, but the name can only belong to this attempt.
 */
export async function inspectContainer(
  runtime: ContainerRuntime,
  attempt: string,
  env: NodeJS.ProcessEnv,
): Promise<Found> {
  const name = containerName(attempt);
  const args = ["container", "inspect", "--format", format, name];
  const answer = await ask(runtime, args, env);
  if ("why" in answer) return { kind: "unknown", why: answer.why };
  return foundIn(runtime, attempt, answer);
}

/** Kills and removes it. Null, or why not. */
export async function removeContainer(
  runtime: ContainerRuntime,
  id: string,
  env: NodeJS.ProcessEnv,
): Promise<string | null> {
  // podman would send its stop signal again and wait 10 s, but the grace is over.
  const atOnce = runtime === "podman" ? ["--time=0"] : [];
  const answer = await ask(runtime, ["rm", "--force", ...atOnce, "--volumes", id], env);
  if ("why" in answer) return answer.why;
  return answer.code === 0 || isAbsent(answer.stderr) ? null : firstLine(runtime, answer);
}

export function foundIn(
  runtime: ContainerRuntime,
  attempt: string,
  answer: Pick<Finished, "code" | "stdout" | "stderr">,
): Found {
  if (answer.code !== 0)
    return isAbsent(answer.stderr)
      ? { kind: "absent" }
      : { kind: "unknown", why: firstLine(runtime, answer) };
  const [id = "", running, label] = answer.stdout.trim().split(" ");
  if (!/^[0-9a-f]{64}$/.test(id) || label !== attempt)
    return { kind: "unknown", why: `${runtime} answered what is not this attempt's container` };
  return { kind: "present", id, running: running === "true" };
}

function isAbsent(stderr: string): boolean {
  return /no such (container|object)|no container with name or id/i.test(stderr);
}

async function ask(
  runtime: ContainerRuntime,
  args: string[],
  env: NodeJS.ProcessEnv,
): Promise<Finished | { why: string }> {
  try {
    const answer = await runToEnd(runtime, args, { timeoutMs, env });
    return answer.signal === null ? answer : { why: `${runtime} did not answer in 30 s` };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { why: `${runtime} could not be run: ${code ?? String(error)}` };
  }
}

function firstLine(runtime: string, { code, stderr }: Pick<Finished, "code" | "stderr">): string {
  const [line = ""] = stderr.trim().split("\n");
  return line === "" ? `${runtime} failed with ${code}` : `${runtime}: ${line.slice(0, 300)}`;
}
