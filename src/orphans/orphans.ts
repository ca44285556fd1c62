import type { SignalAnswer } from "../containment/signals.ts";
import type { Signals } from "../containment/signals.ts";
import type {
  OrphanPlan,
  OrphanReceipt,
  OrphanRules,
  OrphanScan,
  PlanRequest,
  ReapRequest,
  RuleTest,
  ScanRequest,
  Who,
} from "../contract/orphans.ts";
import { accept, refuse, type Result } from "../contract/problems.ts";
import type { Clock } from "../system/clock.ts";
import { evidenceLost, changedSince } from "./changed.ts";
import { classify, goneKeys, whyOf, type Judged, type ScanSettings } from "./classify.ts";
import { readRules, loadRules } from "./load-rules.ts";
import { matchOf } from "./match.ts";
import { observe, type FindAttempt } from "./observe.ts";
import { PlanFiles } from "./plan-files.ts";
import { freedBy, whyLeft } from "./plan.ts";
import { reapPlan } from "./reap.ts";
import type { Rule } from "./rule.ts";
import { commandWords, identityKey, isFinished, type Scene } from "./scene.ts";
import { Sightings } from "./sightings.ts";
import { askAll } from "./status-command.ts";
import { whoHolds } from "./who.ts";

/** What others left behind: who it may be, what ending it would free, and ending it. */
export interface Orphans {
  /** Changes nothing. Refuses with `bad_rule` and `forbidden`. */
  scan(asked: ScanRequest): Promise<Result<OrphanScan>>;
  /** Writes a plan with the next number. Changes nothing else. */
  plan(asked: PlanRequest): Promise<Result<OrphanPlan>>;
  showPlan(plan: number): Result<OrphanPlan>;
  /** Looks at each process again, ends those that are as planned, and writes the receipt. */
  reap(plan: number, asked: Required<ReapRequest>): Promise<Result<OrphanReceipt>>;
  rules(): Result<OrphanRules>;
  /** What a file of rules would match now. */
  testRules(text: string, name: string): Promise<Result<RuleTest>>;
  who(target: string): Promise<Result<Who>>;
}

export interface OrphansParts {
  clock: Clock;
  signals: Pick<Signals, "identify" | "send">;
  findAttempt: FindAttempt;
  bootId: string;
  /** Where plans and receipts are kept. */
  folder: string;
  /** The user's rules. */
  rulesFolder: string;
  settings: ScanSettings & { windowMs: number };
  /** Of the one who asks. */
  uid: number;
}

export function makeOrphans(parts: OrphansParts): Orphans {
  const { clock, signals, settings, uid, rulesFolder, bootId } = parts;
  const sightings = new Sightings();
  const files = new PlanFiles(parts.folder);
  const reaping = new Set<number>();

  const look = async (windowMs: number) => observe(clock, windowMs, parts.findAttempt);

  const judge = async (
    scene: Scene,
    rules: readonly Rule[],
    allUsers: boolean,
  ): Promise<Judged> => {
    sightings.note(goneKeys(scene, rules), clock.monotonicMs());
    return {
      rules,
      settings,
      uid: allUsers ? null : uid,
      goneMs: (process) =>
        Math.min(sightings.goneMs(identityKey(process), clock.monotonicMs()), process.ageMs),
      statusOf: await askAll(scene, rules, allUsers ? null : uid),
    };
  };

  const seen = async ({ allUsers, rule }: ScanRequest) => {
    if (allUsers && uid !== 0)
      return refuse("forbidden", { what: "Only root may look at all users' processes" });
    const rules = loadRules(rulesFolder);
    if (rule !== undefined && !rules.some(({ name }) => name === rule))
      return refuse("no_such_rule", { rule });
    const scene = await look(settings.windowMs);
    const judged = await judge(scene, rules, allUsers);
    return accept({ scene, judged, suspects: classify(scene, judged) });
  };

  return {
    async scan(asked) {
      const found = await seen(asked);
      if (!found.ok) return found;
      const { scene, suspects } = found.value;
      return accept({
        atMs: scene.atMs,
        windowMs: scene.windowMs,
        seen: scene.processes.size,
        suspects: suspects.filter(
          (one) =>
            (asked.rule === undefined || one.rule === asked.rule) &&
            (asked.class === undefined || one.class === asked.class),
        ),
        unread: unreadWords(asked.allUsers),
      });
    },

    async plan(asked) {
      const found = await seen(asked);
      if (!found.ok) return found;
      const { scene, suspects } = found.value;
      const sorted = suspects.map((suspect) => ({
        suspect,
        why: whyLeft(suspect, asked, settings.parentGoneMs),
      }));
      const taken = sorted.flatMap(({ suspect, why }) => (why === null ? [suspect] : []));
      const pids = taken.flatMap(({ processes }) => processes.map(({ pid }) => pid));
      const identities = new Map(
        (await signals.identify(pids)).flatMap((one) => (one === null ? [] : [[one.pid, one]])),
      );
      const trees = taken.flatMap((suspect) => {
        // Who has ended since the scan needs no plan.
        const processes = suspect.processes.flatMap((one) => {
          const identity = identities.get(one.pid);
          return identity?.start === one.start ? [{ ...one, inode: identity.inode }] : [];
        });
        return processes.length === 0 ? [] : [{ ...suspect, processes }];
      });
      const plan = await files.add({
        version: 1,
        bootId,
        atMs: scene.atMs,
        asked,
        signals: ["TERM", "CONT", "KILL"],
        trees,
        left: sorted.flatMap(({ suspect, why }) => {
          const command = suspect.processes[0]?.command ?? "";
          return why === null ? [] : [{ root: suspect.root, command, why }];
        }),
        frees: freedBy(trees),
      });
      return accept(plan);
    },

    showPlan(number) {
      const plan = files.plan(number);
      return plan === null ? refuse("no_such_plan", { plan: number }) : accept(plan);
    },

    async reap(number, asked) {
      const plan = files.plan(number);
      if (plan === null) return refuse("no_such_plan", { plan: number });
      if (files.receipt(number) !== null || reaping.has(number))
        return refuse("plan_used", { plan: number });
      reaping.add(number);
      try {
        const receipt = await reapNow(plan, asked);
        if (!asked.dryRun) await files.addReceipt(receipt);
        return accept(receipt);
      } finally {
        reaping.delete(number);
      }
    },

    rules() {
      return accept({
        folder: rulesFolder,
        rules: loadRules(rulesFolder).map((rule) => ({
          name: rule.name,
          about: rule.about,
          from: rule.from,
          action: rule.action,
          minAgeMs: rule.min_age ?? settings.minAgeMs,
          cpuPercent: rule.cpu_percent ?? settings.cpuPercent,
          parentGoneMs: rule.parent_gone ?? settings.parentGoneMs,
          asksStatus: rule.status !== undefined,
        })),
      });
    },

    async testRules(text, name) {
      const rules = readRules(text, name);
      const scene = await look(settings.windowMs);
      const judged = await judge(scene, rules, false);
      const matches = [...scene.processes.values()].flatMap((process) => {
        const match = isFinished(process) ? null : matchOf(process, rules);
        if (match === null) return [];
        const why = whyOf(process, scene, judged);
        return [
          { rule: match.rule.name, pid: process.pid, command: commandWords(process), ...why },
        ];
      });
      return accept({ rules: rules.map((rule) => rule.name), matches });
    },

    async who(target) {
      return whoHolds(target, await look(0));
    },
  };

  async function reapNow(plan: OrphanPlan, asked: Required<ReapRequest>): Promise<OrphanReceipt> {
    const beganMs = clock.monotonicMs();
    const scene = await look(settings.windowMs);
    const judged = await judge(scene, loadRules(rulesFolder), plan.asked.allUsers);
    const suspects = classify(scene, judged);
    const refusals = new Map<number, Pick<OrphanReceipt["processes"][number], "end" | "words">>();
    for (const tree of plan.trees) {
      const lost = evidenceLost(tree, suspects);
      for (const one of tree.processes) {
        const changed =
          plan.bootId === bootId
            ? changedSince(one, scene, settings.allow)
            : { gone: true, words: "the machine has been restarted" };
        const words = changed?.words ?? lost;
        if (words !== null)
          refusals.set(one.pid, { end: changed?.gone === true ? "gone before" : "refused", words });
      }
    }
    const processes = await reapPlan(
      {
        clock,
        send: (boot, ids, signal): Promise<SignalAnswer[]> => signals.send(boot, ids, signal),
      },
      plan,
      refusals,
      asked,
    );
    const ended = new Set(
      processes.flatMap(({ pid, end }) => (end === "term" || end === "kill" ? [pid] : [])),
    );
    const held = plan.trees.flatMap((tree) => tree.processes.filter(({ pid }) => ended.has(pid)));
    return {
      version: 1,
      plan: plan.plan,
      dryRun: asked.dryRun,
      atMs: clock.nowMs(),
      tookMs: Math.round(clock.monotonicMs() - beganMs),
      processes,
      freed: {
        gpuDevices: [...new Set(held.flatMap(({ gpuDevices }) => gpuDevices))],
        ports: [...new Set(held.flatMap(({ ports }) => ports))],
      },
    };
  }

  function unreadWords(allUsers: boolean): string[] {
    if (allUsers) return [];
    const others = uid === 0 ? "; --all-users looks at them" : "";
    return [`other users' processes${others}`];
  }
}
