import { lstatSync, renameSync, rmSync, unlinkSync } from "node:fs";
import type { Leftover } from "../../contract/leftovers.ts";
import type { OrphanReceipt } from "../../contract/orphan-plan.ts";
import { runToEnd } from "../../system/child.ts";

type End = OrphanReceipt["leftovers"][number];

/**
 * Removes what is still as planned; `now` is the result of a new search. A path is renamed and
 * checked again first, so that a file put there in between is not removed.
 */
export async function removeLeftovers(
  planned: readonly Leftover[],
  now: readonly Leftover[],
  dryRun: boolean,
): Promise<End[]> {
  const ends: End[] = [];
  for (const one of planned) {
    const found = now.find(({ kind, name }) => kind === one.kind && name === one.name);
    const why = changedMessage(one, found);
    if (why !== null) ends.push({ name: one.name, ...why });
    else if (dryRun)
      ends.push({ name: one.name, end: "would remove", message: "it is as planned" });
    else ends.push({ name: one.name, ...(await remove(one)) });
  }
  return ends;
}

function changedMessage(
  planned: Leftover,
  found: Leftover | undefined,
): Pick<End, "end" | "message"> | null {
  const refused = (message: string) => ({ end: "refused" as const, message });
  if (found === undefined) {
    const there =
      planned.kind === "System V shared memory" ||
      lstatSync(planned.name, { throwIfNoEntry: false }) !== undefined;
    return there
      ? refused("it is no longer a leftover: a process holds it, or its maker may be alive")
      : { end: "gone before", message: "it no longer existed" };
  }
  if (found.inode !== planned.inode) return refused("another file has its name now");
  if (found.uid !== planned.uid) return refused(`it now belongs to user ${found.uid}`);
  if (found.changedAtMs !== planned.changedAtMs) return refused("it has changed since");
  return found.confidence === "proven"
    ? null
    : refused(found.evidence.at(-1) ?? "it is not proven");
}

async function remove({ kind, name, inode }: Leftover): Promise<Pick<End, "end" | "message">> {
  if (kind === "System V shared memory") return removeSegment(name);
  const temporary = `${name}.being-removed-${process.pid}`;
  try {
    renameSync(name, temporary);
    if (lstatSync(temporary).ino !== inode) {
      renameSync(temporary, name);
      return { end: "refused", message: "another file took its name" };
    }
    if (kind === "folder") rmSync(temporary, { recursive: true });
    else unlinkSync(temporary);
    return { end: "removed", message: "no process held it" };
  } catch (error) {
    const { code = "?" } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return { end: "gone before", message: "it no longer existed" };
    return { end: "denied", message: `the kernel refused it (${code})` };
  }
}

/** The kernel changes the id when a slot is reused, so the id names only this segment. */
async function removeSegment(id: string): Promise<Pick<End, "end" | "message">> {
  try {
    const { code, stderr } = await runToEnd("ipcrm", ["-m", id], { timeoutMs: 10_000 });
    return code === 0
      ? { end: "removed", message: "no process had it attached" }
      : { end: "denied", message: stderr.trim() };
  } catch {
    return { end: "denied", message: "the program ipcrm is not installed" };
  }
}
