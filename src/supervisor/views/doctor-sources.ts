import type { OrphanScan, ScanRequest } from "../../contract/orphans.ts";
import type { Result } from "../../contract/problems.ts";
import { knownJob, livingStates } from "../../doctor/known-job.ts";
import type { KnownJob, Sources } from "../../doctor/scope.ts";
import type { GpuProbe } from "../../gpu/snapshot.ts";
import type { Clock } from "../../system/clock.ts";
import type { Supervisor } from "../supervisor.ts";

export interface OwnSources {
  supervisor: Pick<Supervisor, "health" | "list">;
  orphans: { scan(asked: ScanRequest): Promise<Result<OrphanScan>> };
  gpu: GpuProbe;
  clock: Clock;
}

/** What the doctor reads when the server itself runs the checks. */
export function ownSources(parts: OwnSources): Omit<Sources, "store"> {
  const { supervisor, orphans, gpu, clock } = parts;
  return {
    gpu,
    async server() {
      const beganMs = clock.monotonicMs();
      // The delay until this program handles what is due is how long others wait for it.
      await new Promise<void>((resolve) => clock.soon(resolve));
      const { status, warnings } = await supervisor.health();
      return { kind: "answered", status, warnings, tookMs: clock.monotonicMs() - beganMs };
    },
    async jobs() {
      const jobs: KnownJob[] = [];
      let cursor: string | null = null;
      do {
        const states = [...livingStates];
        const query = { states, tag: null, name: null, select: null, limit: 500, cursor };
        const page = await supervisor.list(query);
        if (!page.ok) break;
        jobs.push(...page.value.jobs.flatMap((job) => knownJob(job) ?? []));
        cursor = page.value.nextCursor;
      } while (cursor !== null);
      return { jobs, from: "server" };
    },
    async orphans() {
      const scanned = await orphans.scan({ allUsers: process.getuid?.() === 0 });
      return scanned.ok ? { scan: scanned.value } : { why: scanned.refusal.code };
    },
  };
}
