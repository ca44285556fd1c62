import type { AbandonedAttempt } from "../containment/abandoned.ts";
import { findAbandoned, isAlive } from "../containment/abandoned.ts";
import { ownSearch } from "../containment/attempt-search.ts";
import { attemptSightings } from "../containment/attempt-sightings.ts";
import { findSurvivorsOfAll, type Survivor, type Traces } from "../containment/survivors.ts";
import type { DoctorRequest } from "../contract/doctor.ts";
import type { LeftoverList } from "../contract/leftovers.ts";
import type { PlanRequest, ReapRequest } from "../contract/orphan-plan.ts";
import type { WatchRequest } from "../contract/orphan-watch.ts";
import type { OrphanScan, ScanRequest } from "../contract/orphans.ts";
import type { Result } from "../contract/problems.ts";
import { realClock } from "../system/clock.ts";
import type { Call } from "./serve.ts";

const search = ownSearch(realClock);
// Most threads only search for attempts: they do not load the rest.
const orphans = async () => (await import("./orphans-here.ts")).orphansHere();
const doctor = async () => (await import("./doctor-here.ts")).doctorHere();

/** What a thread can be asked. It reads /proc and files at once: no request of another kind waits for it. */
export const services = {
  survivors: (_call: Call, all: readonly Traces[]): Survivor[][] => findSurvivorsOfAll(all),
  processes: (_call: Call, traces: Traces) => search.processes(traces),
  program: (_call: Call, pid: number) => search.program(pid),
  containerMembers: (_call: Call, id: string) => search.containerMembers(id),
  namespaceIsEmpty: (_call: Call, inode: number) => search.namespaceIsEmpty(inode),
  /** Of this user, from an earlier state folder at this path; also those that the store knows. */
  abandoned(_call: Call, stateDir: string): AbandonedAttempt[] {
    const found = findAbandoned(attemptSightings(process.getuid?.() ?? null), () => false);
    return found.filter((one) => one.stateDir === stateDir && isAlive(one));
  },
  scan: async (_call: Call, asked: ScanRequest): Promise<Result<OrphanScan>> =>
    (await orphans()).scan(asked),
  leftovers: async (_call: Call, asked: { allUsers: boolean }): Promise<Result<LeftoverList>> =>
    (await orphans()).leftovers(asked),
  plan: async (_call: Call, asked: PlanRequest, askerPid: number | null | undefined) =>
    (await orphans()).plan(asked, askerPid),
  showPlan: async (_call: Call, plan: number) => (await orphans()).showPlan(plan),
  showReceipt: async (_call: Call, plan: number) => (await orphans()).showReceipt(plan),
  reap: async (
    _call: Call,
    plan: number,
    asked: ReapRequest,
    askerPid: number | null | undefined,
  ) => (await orphans()).reap(plan, asked, askerPid),
  async watch({ report, signal }: Call, asked: WatchRequest): Promise<void> {
    const watched = (await orphans()).watch(asked, report, signal);
    if (watched.ok) await watched.value;
  },
  rules: async (_call: Call) => (await orphans()).rules(),
  statusSources: async (_call: Call) => (await orphans()).statusSources(),
  testRules: async (_call: Call, text: string, name: string) =>
    (await orphans()).testRules(text, name),
  holders: async (_call: Call, target: string) => (await orphans()).holders(target),
  examine: async ({ report, signal }: Call, asked: DoctorRequest) =>
    (await doctor()).examine(asked, { signal, onSample: (...sample) => report(sample) }),
  record: async ({ report, signal }: Call, name: string, asked: DoctorRequest) =>
    (await doctor()).record(name, asked, { signal, onSample: (...sample) => report(sample) }),
};

type All = typeof services;
export type ServiceName = keyof All;
/** What a caller gives to a service, and what it gets back. */
export type ArgsOf<Name extends ServiceName> =
  Parameters<All[Name]> extends [unknown, ...infer Args] ? Args : never;
export type ValueOf<Name extends ServiceName> = Awaited<ReturnType<All[Name]>>;
