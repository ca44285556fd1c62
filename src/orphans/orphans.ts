import { counted } from "../contract/counted.ts";
import type { Signals } from "../containment/signals.ts";
import type { WatchEvent, WatchRequest } from "../contract/orphan-watch.ts";
import type { Leftover, LeftoverList } from "../contract/leftovers.ts";
import type {
  OrphanPlan,
  OrphanReceipt,
  PlanRequest,
  ReapRequest,
} from "../contract/orphan-plan.ts";
import type { OrphanRules, RuleTest } from "../contract/orphan-rules.ts";
import type { OrphanScan, ScanRequest, Suspect } from "../contract/orphans.ts";
import { accept, refuse, type Result } from "../contract/problems.ts";
import type { StatusSources } from "../contract/status-source.ts";
import type { Holders } from "../contract/holders.ts";
import type { GpuProbe } from "../gpu/snapshot.ts";
import type { Clock } from "../system/clock.ts";
import { carryOut } from "./carry-out.ts";
import type { ScanSettings } from "./classify.ts";
import { Inspector } from "./inspect.ts";
import { readRules } from "./load-rules.ts";
import { findLeftovers } from "./leftovers/find.ts";
import { defaultPlaces } from "./leftovers/places.ts";
import { planAll, refuseFamily } from "./kill-all/plan.ts";
import { makePlan, planLeftovers } from "./make-plan.ts";
import { matchOf } from "./match.ts";
import { movedAttempts } from "./moved.ts";
import { PlanFiles } from "./plan-files.ts";
import { sourceOf } from "./status/sources.ts";
import { asksStatus, isOfFamily, type Rule } from "./rule.ts";
import { ruleList } from "./rule-list.ts";
import { RuleBook } from "./rule-book.ts";
import { describeCommand, isFinished, type FindAttempt, type Scene } from "./scene.ts";
import { refuseAllUsers } from "./all-users.ts";
import { stillRipe, type WatchPolicy } from "./watch-round.ts";
import { WatchTotals } from "./watch-totals.ts";
import { watch } from "./watch.ts";
import { holdersOf } from "./holders.ts";
import { whyOf } from "./why.ts";

/** Processes and files that other programs left behind: finds them, plans and ends them. */
export interface Orphans {
  /** Changes nothing. Refuses with `bad_rule` or `forbidden`. */
  scan(asked: ScanRequest): Promise<Result<OrphanScan>>;
  /** Shared memory, semaphores, sockets and folders whose maker has ended. Changes nothing. */
  leftovers(asked: { allUsers: boolean }): Promise<Result<LeftoverList>>;
  /** Writes a plan with the next number. Changes nothing else. `askerPid` is needed with `killAll`. */
  plan(asked: PlanRequest, askerPid?: number | null): Promise<Result<OrphanPlan>>;
  showPlan(plan: number): Promise<Result<OrphanPlan>>;
  /** Refuses with `no_such_plan` or `plan_unused`. */
  showReceipt(plan: number): Promise<Result<OrphanReceipt>>;
  /** Inspects each process again, ends those that are as planned, and writes the receipt. */
  reap(plan: number, asked: ReapRequest, askerPid?: number | null): Promise<Result<OrphanReceipt>>;
  /**
   * Scans repeatedly and reports changes until `signal` aborts; then it resolves. Automatically
   * reaps what the policy names. Refuses with `forbidden`.
   */
  watch(
    asked: WatchRequest,
    publish: (event: WatchEvent) => void,
    signal: AbortSignal,
  ): Result<Promise<void>>;
  /** Totals of all watches since the start. */
  readonly totals: WatchTotals;
  rules(): Promise<Result<OrphanRules>>;
  /** Queries each status source and reports whether it answers. */
  statusSources(): Promise<Result<StatusSources>>;
  /** What a file of rules would match now. */
  testRules(text: string, name: string): Promise<Result<RuleTest>>;
  holders(target: string): Promise<Result<Holders>>;
}

export interface OrphansParts {
  clock: Clock;
  signals: Pick<Signals, "identify" | "send">;
  findAttempt: FindAttempt;
  bootId: string;
  /** The folder for plans and receipts. */
  folder: string;
  /** The user's rules. */
  rulesFolder: string;
  /** Rules of databases that report whether other systems' jobs have ended. */
  databaseRules: readonly Rule[];
  settings: ScanSettings & { windowMs: number };
  /** The requesting user. */
  uid: number;
  /** Null: only open device files show GPU use. */
  gpu: Pick<GpuProbe, "snapshot"> | null;
  /** Living jobs that adopted a process, by the identity (`PID:START`) of that process; null: unknown. */
  adopted?: () => ReadonlyMap<string, number> | null;
  /** What a watch may end automatically. */
  policy: WatchPolicy;
  /** CPU time of this program in milliseconds. */
  processorMs: () => number;
}

const defaultGraceMs = 10_000;

export function makeOrphans(parts: OrphansParts): Orphans {
  const { settings, uid } = parts;
  const rules = new RuleBook(parts.rulesFolder, parts.databaseRules);
  const inspector = new Inspector({ ...parts, rules });
  const files = new PlanFiles(parts.folder);
  const reaping = new Set<number>();
  const totals = new WatchTotals();

  const scan = async (asked: ScanRequest): Promise<Result<OrphanScan>> => {
    const found = await inspector.inspect(asked, "remembering");
    if (!found.ok) return found;
    const { scene, suspects, young } = found.value;
    const isAskedFor = (one: Suspect) =>
      (asked.rule === undefined || one.rule === asked.rule) &&
      isOfFamily(one.rule, asked.family, found.value.judged.rules) &&
      (asked.class === undefined || one.class === asked.class);
    return accept({
      atMs: scene.atMs,
      windowMs: scene.windowMs,
      seen: scene.processes.size,
      suspects: suspects.filter(isAskedFor),
      young: young.filter(isAskedFor),
      moved: movedAttempts(scene, asked.allUsers ? null : uid),
      unread: [
        ...unreadMessage(asked.allUsers, uid),
        ...hiddenMessage(scene),
        ...found.value.judged.unanswered,
      ],
    });
  };

  const leftoversOf = (allUsers: boolean) =>
    findLeftovers(
      { clock: parts.clock, places: defaultPlaces(), minAgeMs: settings.minAgeMs },
      allUsers ? null : uid,
    );

  const leftovers = async ({ allUsers }: { allUsers: boolean }): Promise<Result<LeftoverList>> => {
    if (allUsers && uid !== 0) return refuseAllUsers();
    const found = await leftoversOf(allUsers);
    const hidden = `${counted(found.held.hidden, "process", "processes")} that this user may not inspect`;
    return accept({
      atMs: parts.clock.nowMs(),
      leftovers: found.leftovers,
      unread: found.held.hidden === 0 ? [] : [hidden],
    });
  };

  const plan = async (
    asked: PlanRequest,
    askerPid: number | null = null,
  ): Promise<Result<OrphanPlan>> => {
    if (asked.killAll === true)
      return planAll({ ...parts, files, inspector, allow: settings.allow }, asked, askerPid);
    if (asked.leftovers) {
      const left = await leftovers(asked);
      return left.ok ? accept(await planLeftovers({ ...parts, files }, left.value, asked)) : left;
    }
    const found = await inspector.inspect(asked, "fresh");
    return found.ok
      ? accept(await makePlan({ ...parts, files }, found.value, asked, false))
      : found;
  };

  const leftoversAgain = async (allUsers: boolean): Promise<readonly Leftover[]> =>
    (await leftoversOf(allUsers)).leftovers;

  const reap = async (
    number: number,
    asked: ReapRequest,
    askerPid: number | null = null,
  ): Promise<Result<OrphanReceipt>> => {
    const planned = files.plan(number);
    if (planned === null) return refuse("no_such_plan", { plan: number });
    const refused = refuseFamily(planned, asked, askerPid);
    if (refused !== null) return refused;
    if (files.receipt(number) !== null || reaping.has(number))
      return refuse("plan_used", { plan: number });
    reaping.add(number);
    try {
      const { windowMs, allow } = settings;
      const receipt = await carryOut(
        { ...parts, inspector, rules, windowMs, allow, findLeftovers: leftoversAgain },
        planned,
        asked,
        askerPid,
      );
      if (!asked.dryRun) await files.addReceipt(receipt);
      return accept(receipt);
    } finally {
      reaping.delete(number);
    }
  };

  /**
   * Null: none of them is suspected for the same reason as before, with complete evidence; or it is
   * not known which processes jobs have adopted.
   */
  const reapByItself = async (
    ripe: readonly Suspect[],
    allUsers: boolean,
  ): Promise<OrphanReceipt | null> => {
    const asked = { allUsers, leftovers: false, pids: ripe.map(({ root }) => root) };
    const found = await inspector.inspect(asked, "fresh");
    if (!found.ok || found.value.scene.adopted === null) return null;
    const suspects = stillRipe(ripe, found.value.suspects);
    if (suspects.length === 0) return null;
    const made = await makePlan(
      { ...parts, files },
      { ...found.value, suspects, young: [] },
      asked,
      true,
    );
    const receipt = await reap(made.plan, { dryRun: false, graceMs: defaultGraceMs });
    return receipt.ok ? receipt.value : null;
  };

  return {
    scan,
    leftovers,
    plan,
    reap,
    async showPlan(number) {
      const found = files.plan(number);
      return found === null ? refuse("no_such_plan", { plan: number }) : accept(found);
    },

    async showReceipt(number) {
      if (files.plan(number) === null) return refuse("no_such_plan", { plan: number });
      const found = files.receipt(number);
      return found === null ? refuse("plan_unused", { plan: number }) : accept(found);
    },

    watch(asked, publish, signal) {
      if (asked.allUsers && uid !== 0) return refuseAllUsers();
      const noted = (event: WatchEvent) => {
        totals.note(event);
        publish(event);
      };
      return accept(watch({ ...parts, scan, reap: reapByItself }, asked, noted, signal));
    },
    totals,

    rules: async () => accept({ folder: rules.folder, rules: ruleList(rules.rules(), settings) }),

    async statusSources() {
      const scene = await inspector.sceneOver(0, "fresh");
      const asking = rules.rules().filter(asksStatus);
      const answers = await inspector.ask(scene, rules.rules(), { allUsers: false }, true);
      return accept({ sources: asking.map((rule) => sourceOf(rule, answers)) });
    },

    async testRules(text, name) {
      const tried = readRules(text, name);
      const scene = await inspector.sceneOver(settings.windowMs, "remembering");
      const judged = await inspector.judge(scene, tried, { allUsers: false });
      const matches = [...scene.processes.values()].flatMap((process) => {
        const match = isFinished(process) ? null : matchOf(process, tried);
        if (match === null) return [];
        const why = whyOf(process, scene, judged);
        return [
          { rule: match.rule.name, pid: process.pid, command: describeCommand(process), ...why },
        ];
      });
      return accept({ rules: tried.map((rule) => rule.name), matches });
    },

    holders: async (target) => holdersOf(target, await inspector.sceneOver(0, "fresh")),
  };
}

function hiddenMessage({ hidesProcesses }: Scene): string[] {
  return hidesProcesses
    ? ["processes that /proc hides from this user (hidepid): no parent counts as gone"]
    : [];
}

function unreadMessage(allUsers: boolean, uid: number): string[] {
  if (allUsers) return [];
  const others = uid === 0 ? "; --all-users includes them" : "";
  return [`other users' processes${others}`];
}
