import { existsSync, readdirSync, realpathSync } from "node:fs";
import type { Holder, Holders } from "../contract/holders.ts";
import { accept, refuse, type Result } from "../contract/problems.ts";
import { shellWord } from "../contract/shell-word.ts";
import { formatSize } from "../contract/units.ts";
import { cgroupPlaceOf } from "./cgroup-place.ts";
import { deadHolders } from "./gpu-memory.ts";
import { holdsOf, wantedFile } from "./file-holders.ts";
import { descriptorTargets } from "../processes/open-files.ts";
import { parentGone } from "./parent.ts";
import { listeningInodes } from "../processes/listening-ports.ts";
import { readStat } from "../processes/proc-stat.ts";
import {
  ancestorsOf,
  describeCommand,
  identityKey,
  isFinished,
  type Observed,
  type Scene,
} from "./scene.ts";

const needs = "write gpu:0, port:8000, pid:812, shm:/name or file:/path";

/**
 * Finds the processes that hold a GPU, a port, shared memory or a file, or describes one process.
 */
export function holdersOf(target: string, scene: Scene): Result<Holders> {
  const [, kind, name = ""] = /^(gpu|port|pid|shm|file):(.+)$/s.exec(target) ?? [];
  switch (kind) {
    case "pid": {
      if (!/^\d{1,10}$/.test(name)) return wrong(target);
      const found = scene.processes.get(Number(name));
      if (found === undefined)
        return refuse("no_such_target", { what: `There is no process ${name}` });
      return accept({
        target,
        paths: [],
        holders: [holderOf(found, ["itself"], scene)],
        unread: [],
      });
    }
    case "port":
      return /^\d{1,5}$/.test(name) && Number(name) <= 65_535
        ? ofPort(target, Number(name), scene)
        : wrong(target);
    case "gpu":
      return /^\d{1,3}$/.test(name) ? ofGpu(target, Number(name), scene) : wrong(target);
    case "shm":
      return ofPaths(target, [`/dev/shm/${name.replace(/^\/+/, "")}`], scene);
    case "file":
      return name.startsWith("/") ? ofPaths(target, [name], scene) : wrong(target);
    default:
      return wrong(target);
  }
}

function wrong(target: string): Result<never> {
  return refuse("invalid_request", { where: target, what: needs });
}

function ofPort(target: string, port: number, scene: Scene): Result<Holders> {
  const sockets = new Set(listeningInodes(port).map((inode) => `socket:[${inode}]`));
  if (sockets.size === 0) return accept({ target, paths: [], holders: [], unread: [] });
  const { holders, unread } = search(scene, (pid) =>
    descriptorTargets(pid)?.some((path) => sockets.has(path)) === true ? ["listener"] : [],
  );
  return accept({ target, paths: [], holders, unread });
}

function ofPaths(target: string, paths: readonly string[], scene: Scene): Result<Holders> {
  const there = paths.filter((path) => existsSync(path));
  if (there.length === 0)
    return refuse("no_such_target", { what: `There is no ${paths.join(" and no ")}` });
  const wanted = there.flatMap((path) => wantedFile(realpathSync(path)) ?? []);
  const { holders, unread } = search(scene, (pid) => holdsOf(pid, wanted));
  return accept({ target, paths: there, holders, unread });
}

function search(
  scene: Scene,
  by: (pid: number) => string[],
): { holders: Holder[]; unread: string[] } {
  const holders: Holder[] = [];
  let hidden = 0;
  for (const process of scene.processes.values()) {
    if (isFinished(process)) continue;
    // A process that has ended since the inspection hides nothing.
    if (descriptorTargets(process.pid) === null && livesStill(process)) hidden += 1;
    const found = by(process.pid);
    if (found.length > 0) holders.push(holderOf(process, found, scene));
  }
  const message = `${hidden} process${hidden === 1 ? "" : "es"} that this user may not inspect`;
  return { holders, unread: hidden === 0 ? [] : [message] };
}

function livesStill({ pid, start }: Observed): boolean {
  const stat = readStat(pid);
  return stat !== null && stat.start === start && !isFinished(stat);
}

/** Uses the driver's list and the kernel's together; without a probe, open devices only. */
function ofGpu(target: string, index: number, scene: Scene): Result<Holders> {
  const device = scene.gpus?.devices.find((one) => one.index === index);
  if (device === undefined) return ofPaths(target, gpuPaths(index), scene);
  const there = new Map(device.holders.map((one) => [one.pid, one]));
  const holders = [...scene.processes.values()].flatMap((process) => {
    const found = there.get(process.pid);
    if (found === undefined || found.start !== process.start) return [];
    const memory = found.usedBytes === null ? [] : [formatSize(found.usedBytes)];
    return [holderOf(process, [...found.how, ...memory], scene)];
  });
  const dead = deadHolders(device).map(
    ({ pid }) => `process ${pid}, which the driver still lists although it has ended`,
  );
  const { complete, reason } = scene.gpus?.holderSight ?? { complete: false, reason: null };
  const unread = complete ? dead : [...dead, reason ?? "not every process could be inspected"];
  return accept({ target, paths: device.deviceFiles, holders, unread });
}

/**
 * NVIDIA's device files have the GPU's number; other GPUs are counted in the order of their render
 * nodes.
 */
function gpuPaths(index: number): string[] {
  const nvidia = `/dev/nvidia${index}`;
  if (existsSync(nvidia)) return [nvidia];
  const nodes = existsSync("/dev/dri") ? readdirSync("/dev/dri") : [];
  const node = nodes.filter((name) => name.startsWith("renderD")).toSorted()[index];
  return node === undefined ? [nvidia] : [`/dev/dri/${node}`];
}

function holderOf(process: Observed, by: string[], scene: Scene): Holder {
  const tie = scene.tieOf(process.pid);
  const adopter = adopterOf(process, scene);
  return {
    pid: process.pid,
    uid: process.uid,
    command: describeCommand(process),
    ageMs: process.ageMs,
    by,
    jobId: adopter ?? tie?.job ?? null,
    jobLives: adopter !== null || (tie !== null && tie.job !== null && !tie.ended),
    parents: ancestorsOf(process, scene.processes).map((one) => ({
      pid: one.pid,
      command: describeCommand(one),
    })),
    ...ownerOf(process, scene),
  };
}

/** The job that adopted the process or an ancestor; the nearest one counts. */
function adopterOf(process: Observed, scene: Scene): number | null {
  for (const one of [process, ...ancestorsOf(process, scene.processes)]) {
    const job = scene.adopted?.get(identityKey(one));
    if (job !== undefined) return job;
  }
  return null;
}

/** The owner of a process, and the command that ends it and nothing else. */
function ownerOf(process: Observed, scene: Scene): Pick<Holder, "owner" | "hint"> {
  const { pid } = process;
  if (pid === scene.ownPid) return { owner: "Holdfast's server", hint: "holdfast server stop" };
  const abandoned = scene.abandonedOf(pid);
  if (abandoned !== null) {
    const { job, stateDir, movedTo } = abandoned;
    const name = job === null ? `attempt ${abandoned.attempt}` : `job ${job}`;
    return movedTo === null
      ? {
          owner: `${name} of a state folder that is gone (${stateDir})`,
          hint: `HOLDFAST_STATE_DIR=${shellWord(stateDir)} holdfast emergency-stop --all`,
        }
      : {
          owner: `${name} of a state folder that was moved to ${movedTo}`,
          hint: `HOLDFAST_STATE_DIR=${shellWord(movedTo)} holdfast ls`,
        };
  }
  if (process.comm.startsWith("holdfast-"))
    return { owner: "Holdfast", hint: "none needed: a keeper ends with its job; holdfast ls" };
  const adopter = adopterOf(process, scene);
  if (adopter !== null)
    return { owner: `job ${adopter}, which has adopted it`, hint: `holdfast cancel ${adopter}` };
  const tie = scene.tieOf(pid);
  if (tie !== null && tie.job !== null)
    return tie.ended
      ? { owner: `job ${tie.job}, which has ended`, hint: `holdfast orphans plan ${pid}` }
      : { owner: `job ${tie.job}`, hint: `holdfast cancel ${tie.job}` };
  const place = cgroupPlaceOf(scene.cgroupOf(pid));
  if (place.kind === "container") {
    const id = place.id.slice(0, 12);
    return {
      owner: `${place.runtime} container ${id}`,
      hint: `${stopCommand(place.runtime)} ${shellWord(id)}`,
    };
  }
  if (place.kind === "service")
    return {
      owner: place.unit,
      hint: `systemctl ${place.user ? "--user " : ""}stop ${shellWord(place.unit)}`,
    };
  if (pid === 1) return { owner: "the machine", hint: "none: it is process 1" };
  const gone = parentGone(process, scene);
  if (gone !== null) return { owner: `none: ${gone}`, hint: unlessSuspected(pid) };
  const top = ancestorsOf(process, scene.processes).findLast((one) => one.pid !== 1);
  const owner = top === undefined ? "itself" : `the tree of ${top.comm} (${top.pid})`;
  return { owner, hint: `kill ${pid}` };
}

/** Whether it is suspected is not known here: that needs a measurement over a window. */
function unlessSuspected(pid: number): string {
  return `holdfast orphans plan ${pid}; if it is not suspected: kill ${pid}`;
}

function stopCommand(runtime: string): string {
  if (runtime === "docker" || runtime === "podman") return `${runtime} stop`;
  return runtime === "lxc" ? "lxc-stop -n" : "crictl stop";
}
