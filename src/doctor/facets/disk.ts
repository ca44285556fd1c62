import { dirname } from "node:path";
import { shellWord } from "../../contract/shell-word.ts";
import { formatSize } from "../../contract/units.ts";
import { facet } from "../facet.ts";
import type { Machine, Space } from "../machine.ts";
import { examinedJobs, type Scope } from "../scope.ts";
import { within } from "../wait.ts";

/** By folder; null: the file system did not answer. */
type Sample = Map<string, Space | null>;

// A network file system whose server has gone never answers.
const timeoutMs = 5000;

/** Space and inodes where Holdfast keeps its records and jobs work. */
export const disk = facet<Sample>({
  name: "disk",
  scope: "both",
  sampling: "ends",
  async sample(scope) {
    const folders = wanted(scope);
    const found = await Promise.all(
      folders.map(async (folder): Promise<[string, Space | null]> => {
        const space = roomOf(scope.machine, folder);
        return [folder, await within(scope.clock, timeoutMs, space)];
      }),
    );
    return new Map(found);
  },
  judge({ first, last }, chart, { thresholds }) {
    const seen = new Set<string>();
    for (const [folder, space] of last.value) {
      const before = first.value.get(folder) ?? null;
      if (space === null || before === null) {
        chart.missing(`${folder} did not report its free space`);
        continue;
      }
      // Folders on one file system have the same figures.
      const same = `${space.device} ${space.totalBytes}`;
      if (seen.has(same)) continue;
      seen.add(same);
      chart.figure("disk.free", folder, space.freeBytes);
      const share = (free: number, total: number) => (total === 0 ? 100 : (free * 100) / total);
      const few = ({ freeBytes, totalBytes }: Space) =>
        freeBytes < thresholds.disk_free &&
        share(freeBytes, totalBytes) < thresholds.disk_free_percent;
      if (few(space) && few(before))
        chart.finding({
          verdict: "disk-full",
          subject: folder,
          message: `${folder} has ${formatSize(space.freeBytes)} of ${formatSize(space.totalBytes)} free`,
          figure: share(space.freeBytes, space.totalBytes),
          source: "statfs",
          confidence: "proven",
          next: `du -xh -d1 ${shellWord(folder)} | sort -h | tail`,
        });
      if (space.totalFiles === 0) continue;
      chart.figure("disk.free-files", folder, space.freeFiles);
      const fewFiles = ({ freeFiles, totalFiles }: Space) =>
        freeFiles < thresholds.inodes_free &&
        share(freeFiles, totalFiles) < thresholds.disk_free_percent;
      if (fewFiles(space) && fewFiles(before))
        chart.finding({
          verdict: "inodes-full",
          subject: folder,
          message: `${folder} has ${space.freeFiles} free inodes`,
          figure: share(space.freeFiles, space.totalFiles),
          source: "statfs",
          confidence: "proven",
          next: `du --inodes -x -d1 ${shellWord(folder)} | sort -n | tail`,
        });
    }
  },
});

/** A folder that does not exist yet will be created on the file system of its nearest parent. */
async function roomOf(machine: Machine, folder: string): Promise<Space | null> {
  const space = await machine.space(folder);
  const parent = dirname(folder);
  return space !== null || parent === folder ? space : roomOf(machine, parent);
}

function wanted(scope: Scope): string[] {
  const { folders } = scope;
  const ofJobs = examinedJobs(scope).flatMap(({ cwd }) => (cwd === null ? [] : [cwd]));
  return [...new Set([...folders, ...ofJobs, "/tmp", "/dev/shm"])];
}
