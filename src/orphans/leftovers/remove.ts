import { lstatSync, renameSync, rmSync, unlinkSync } from "node:fs";
import type { Leftover, OrphanReceipt } from "../../contract/orphans.ts";
import { runToEnd } from "../../system/child.ts";

type End = OrphanReceipt["leftovers"][number];

/**
 * Removes what is as it was planned: `now` is what a new search has found. A path is renamed first
 * and looked at again, so that what somebody puts there meanwhile is not taken for it.
 */
export async function removeLeftovers(
  planned: readonly Leftover[],
  now: readonly Leftover[],
  dryRun: boolean,
): Promise<End[]> {
  const ends: End[] = [];
  for (const one of planned) {
    const found = now.find(({ kind, name }) => kind === one.kind && name === one.name);
    const why = changedWords(one, found);
    if (why !== null) ends.push({ name: one.name, ...why });
    else if (dryRun)
      ends.push({ name: one.name, end: "would remove", words: "it is as it was planned" });
    else ends.push({ name: one.name, ...(await remove(one)) });
  }
  return ends;
}

function changedWords(
  planned: Leftover,
  found: Leftover | undefined,
): Pick<End, "end" | "words"> | null {
  const refused = (words: string) => ({ end: "refused" as const, words });
  if (found === undefined) {
    const there =
      planned.kind === "System V shared memory" ||
      lstatSync(planned.name, { throwIfNoEntry: false }) !== undefined;
    return there
      ? refused("it is not left behind any more: somebody has it, or its maker may live")
      : { end: "gone before", words: "it was not there any more" };
  }
  if (found.inode !== planned.inode) return refused("something else has its name now");
  if (found.uid !== planned.uid) return refused(`it belongs to user ${found.uid} now`);
  if (found.changedAtMs !== planned.changedAtMs) return refused("it has been changed since");
  return found.confidence === "proven"
    ? null
    : refused(found.evidence.at(-1) ?? "it is not proven");
}

async function remove({ kind, name, inode }: Leftover): Promise<Pick<End, "end" | "words">> {
  if (kind === "System V shared memory") return removeSegment(name);
  const aside = `${name}.being-removed-${process.pid}`;
  try {
    renameSync(name, aside);
    if (lstatSync(aside).ino !== inode) {
      renameSync(aside, name);
      return { end: "refused", words: "something else took its name" };
    }
    if (kind === "folder") rmSync(aside, { recursive: true });
    else unlinkSync(aside);
    return { end: "removed", words: "nobody had it" };
  } catch (error) {
    const { code = "?" } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return { end: "gone before", words: "it was not there any more" };
    return { end: "denied", words: `the kernel refused it (${code})` };
  }
}

/** An id counts up when it is given away again, so it names this segment and no other. */
async function removeSegment(id: string): Promise<Pick<End, "end" | "words">> {
  try {
    const { code, stderr } = await runToEnd("ipcrm", ["-m", id], { timeoutMs: 10_000 });
    return code === 0
      ? { end: "removed", words: "nobody had it attached" }
      : { end: "denied", words: stderr.trim() };
  } catch {
    return { end: "denied", words: "the program ipcrm is not there" };
  }
}
