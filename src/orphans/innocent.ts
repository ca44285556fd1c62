import { basename } from "node:path";
import { formOf } from "./argv.ts";
import { cgroupPlaceOf } from "./cgroup-place.ts";
import { ancestorsOf, identityKey, type Observed, type Scene } from "./scene.ts";

/** Their descendants belong to a user's session: a terminal, an editor or a notebook. */
const sessions =
  /^(tmux(: server)?|screen|SCREEN|sshd|sshd-session|mosh-server|zellij|dtach|abduco|login|code|code-server|code-tunnel|jupyter-.*)$/;

/** Daemons that are meant to hold a GPU: persistence, monitoring, displays, MPS. */
const daemons =
  /^(nvidia-persiste|nv-hostengine|dcgm-exporter|dcgm|nvidia-cuda-mps|nvidia_gpu_expo|Xorg|X|Xwayland|gnome-shell|kwin_wayland|supervisord)$/;

const editorServers = /\/\.(vscode|cursor|windsurf)-server\//;

/**
 * Why a process is never suspected, or null. `allow`: from the configuration, see `isAllowed`.
 */
export function innocence(
  process: Observed,
  scene: Scene,
  allow: ReadonlySet<string>,
): string | null {
  if (process.pid === 1) return "it is process 1";
  const line = [process, ...ancestorsOf(process, scene.processes)];
  if (line.some(({ pid }) => pid === scene.ownPid)) return "it belongs to this server";
  // No server will find it or read its keeper's record.
  const abandoned = scene.abandonedOf(process.pid);
  if (abandoned !== null)
    return abandoned.movedTo === null
      ? null
      : `it belongs to a job whose state folder was moved to ${abandoned.movedTo}; a server that uses that folder can stop it`;
  if (line.some(({ comm }) => comm.startsWith("holdfast-"))) return "a keeper supervises it";
  for (const one of line) {
    const job = scene.adopted?.get(identityKey(one));
    if (job !== undefined) return `job ${job} has adopted it`;
  }
  const tie = scene.tieOf(process.pid);
  if (tie !== null && tie.job === null) return "it carries the cookie of another Holdfast's job";
  if (tie !== null && !tie.ended) return `it belongs to job ${tie.job}, which has not ended`;
  for (const one of line) {
    const name = sessionName(one);
    if (name !== null) return `it belongs to a session of ${name} (${one.pid})`;
  }
  if (daemons.test(process.comm))
    return `${process.comm} is a daemon that is meant to keep running`;
  if (isAllowed(process, allow)) return "the configuration allows it";
  // The cgroup of an ended attempt is not a service, even if it was created inside one.
  const place = cgroupPlaceOf(scene.cgroupOf(process.pid));
  return place.kind === "service" ? `it belongs to ${place.unit}` : null;
}

/** `orphans.allow`: base names of programs, or process names. */
export function isAllowed(
  { comm, argv }: Pick<Observed, "comm" | "argv">,
  allow: ReadonlySet<string>,
): boolean {
  return allow.has(comm) || allow.has(formOf(argv).program);
}

function sessionName({ pid, comm, argv }: Observed): string | null {
  if (pid === 1) return null;
  if (sessions.test(comm)) return comm;
  const { program, script, module } = formOf(argv);
  if (editorServers.test(`${argv[0] ?? ""} ${argv[1] ?? ""}`)) return "an editor";
  const run = basename(script ?? "");
  if (/^jupyter(-|$)/.test(run) || /^(jupyter|notebook)/.test(module ?? "")) return "Jupyter";
  return program === "tmux" ? program : null;
}
