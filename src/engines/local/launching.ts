import type { AttemptFolder } from "../../containment/attempt-folder.ts";
import { clientCommand, clientPolicy } from "../../containment/containers/client-command.ts";
import { launchMessage } from "../../containment/launch-message.ts";
import { keepersPart } from "../../containment/limits.ts";
import type { IntentRecord } from "../../contract/keeper.ts";
import type { JobSpec } from "../../job/spec.ts";
import type { AttemptRow, StoredSpec } from "../../store/rows.ts";
import type { LaunchTicket } from "../engine.ts";
import { payloadVariables } from "./payload-variables.ts";

/** What is on the disk about an attempt before anything of it runs. */
export function intentOf(attempt: AttemptRow, { command, cwd, ...spec }: StoredSpec): IntentRecord {
  return {
    version: 1,
    attempt: attempt.id,
    job: attempt.job,
    ...(attempt.jobUuid === undefined ? {} : { job_uuid: attempt.jobUuid }),
    number: attempt.number,
    engine: attempt.engine,
    boot_id: attempt.bootId,
    pid_namespace: attempt.namespace,
    nonce: attempt.nonce,
    tier: attempt.tier,
    cgroup: attempt.cgroup,
    cgroup_also: attempt.cgroupAlso,
    command,
    cwd,
    gpu_uuids: attempt.gpuUuids,
    made_at_ms: attempt.createdAtMs,
    spec,
  };
}

/** What the process that starts keepers is sent. */
export function messageFor(
  { attempt, spec, seal }: LaunchTicket,
  folder: AttemptFolder,
  keeperProgram: string,
): Buffer {
  return launchMessage({
    attempt: attempt.id,
    folder: folder.path,
    nonce: attempt.nonce,
    seal,
    spec: { ...spec, ...containerClient(attempt, spec, folder), ...follower(spec, keeperProgram) },
    env: { ...spec.env, ...payloadVariables(attempt, folder) },
    cgroup: attempt.cgroup,
    cgroupAlso: attempt.cgroupAlso,
    ...keepersPart(attempt.limits, spec),
  });
}

/** What changes if nothing is to be started. */
function follower({ adopt }: JobSpec, keeperProgram: string): Partial<JobSpec> {
  if (adopt === undefined) return {};
  const { pid, start, inode } = adopt;
  return { command: [keeperProgram, "follow", ...[pid, start, inode].map(String)] };
}

/** What changes if the payload is the client of a container. */
function containerClient(
  attempt: AttemptRow,
  { container, command, cwd, limits, cpus }: JobSpec,
  folder: AttemptFolder,
): Partial<JobSpec> {
  if (container === null) return {};
  const idFile = folder.file("container.id");
  const { gpuUuids } = attempt;
  const order = { container, command, attempt: attempt.id, cwd, idFile, gpuUuids, limits, cpus };
  return {
    command: clientCommand(order),
    ...clientPolicy(container.runtime, process.getuid?.() === 0),
  };
}
