import type { GpuHolderView, Gpus, GpuView } from "../../contract/gpus.ts";
import { isAssignable } from "../../gpu/inventory.ts";
import { attemptOf, isOwn } from "../../gpu/ownership.ts";
import type { GpuHolder } from "../../gpu/snapshot.ts";
import type { Allocation } from "../../job/allocation.ts";
import { cgroupPlaceOf } from "../../orphans/cgroup-place.ts";
import type { Context } from "../context.ts";
import { ownerOfRunning, seenOf } from "./watch.ts";

export type GpuParts = Pick<
  Context,
  "store" | "followers" | "gpuProbe" | "gpuHolds" | "allocations"
>;

/** Inspects the GPUs once, with the job, unit or container that each holder belongs to. */
export async function currentGpus(context: GpuParts): Promise<Gpus> {
  const { gpuProbe, gpuHolds, allocations } = context;
  const snapshot = await gpuProbe.snapshot();
  const inUse = allocations.inUse();
  const { takenAtMs, tookMs, probe, driverVersion, libraryVersion, holderSight } = snapshot;
  return {
    takenAtMs,
    tookMs,
    probe,
    driverVersion,
    libraryVersion,
    holderSight,
    gpus: snapshot.devices.map(({ deviceFiles: _files, persistence: _mode, ...device }) => {
      const hold = gpuHolds.all.get(device.uuid);
      const holders = device.holders.map((holder) => holderView(context, holder));
      const view = {
        assignable: isAssignable({ ...device, deviceFiles: [], persistence: null }, snapshot),
        jobId: allocations.jobWith(device.uuid),
        withheld:
          hold === undefined
            ? withheldForDamage(inUse, device.uuid)
            : { jobId: hold.job, message: hold.message },
      };
      return Object.assign(device, { holders }, view);
    }),
    unplacedHolders: snapshot.unplacedHolders.map((holder) => holderView(context, holder)),
  };
}

/** Also withholds what a damaged record may mean. */
function withheldForDamage(inUse: readonly Allocation[], uuid: string): GpuView["withheld"] {
  const holder = inUse.find(({ resources }) => resources.gpuUuids.includes(uuid));
  if (holder !== undefined) {
    if (holder.damaged === undefined) return null;
    const message = `the record of what job ${holder.job} holds is damaged`;
    return { jobId: holder.job, message };
  }
  const unknown = inUse.find((one) => one.damaged === "unknown");
  if (unknown === undefined) return null;
  const message = `job ${unknown.job} may hold it: the record of which GPUs it holds is damaged`;
  return { jobId: unknown.job, message };
}

function holderView(context: GpuParts, holder: GpuHolder): GpuHolderView {
  const { pid, alive, usedBytes, how, mps, process } = holder;
  return {
    pid,
    alive,
    usedBytes,
    how,
    mps,
    uid: process?.uid ?? null,
    state: process?.state ?? null,
    command: process?.command ?? null,
    ...ownerOf(context, holder),
  };
}

function ownerOf(
  { store, followers }: Pick<Context, "store" | "followers">,
  holder: GpuHolder,
): Pick<GpuHolderView, "owner" | "jobId" | "jobEnded"> {
  const none = { jobId: null, jobEnded: null };
  if (holder.alive === false)
    return { ...none, owner: "none: the process is gone, but still on the driver's list" };
  if (holder.process === null) return { ...none, owner: "not visible from here" };
  const id = attemptOf(holder);
  const attempt = id === null ? null : store.attempts.get(id);
  if (attempt !== null) {
    const jobEnded = attempt.endedAtMs !== null;
    const message = jobEnded ? `job ${attempt.job}, which has ended` : `job ${attempt.job}`;
    return { owner: message, jobId: attempt.job, jobEnded };
  }
  if (id !== null) return { ...none, owner: "a job of another Holdfast" };
  for (const { attempt: running } of followers.values())
    if (isOwn(holder, ownerOfRunning(running, seenOf({ store }, running.id))))
      return { owner: `job ${running.job}`, jobId: running.job, jobEnded: false };
  const place = cgroupPlaceOf(holder.process.cgroup);
  if (place.kind === "container")
    return { ...none, owner: `${place.runtime} container ${place.id.slice(0, 12)}` };
  if (place.kind === "service") return { ...none, owner: place.unit };
  return { ...none, owner: "no job, unit or container" };
}
