import type { ScanRequest } from "../contract/orphans.ts";
import { accept, refuse, type Result } from "../contract/problems.ts";
import type { GpuProbe } from "../gpu/snapshot.ts";
import type { Clock } from "../system/clock.ts";
import { classify, goneKeys, type Classified, type Judged, type ScanSettings } from "./classify.ts";
import { limitsFor } from "./limits.ts";
import { Memory } from "./memory.ts";
import { observe } from "./observe.ts";
import { familyOf, type Rule } from "./rule.ts";
import type { RuleBook } from "./rule-book.ts";
import { type FindAttempt, identityKey, type Scene } from "./scene.ts";
import { Sightings } from "./sightings.ts";
import { askAll, type Answers } from "./status/ask-all.ts";
import { unansweredMessage } from "./status/sources.ts";

export interface InspectorParts {
  clock: Clock;
  findAttempt: FindAttempt;
  settings: ScanSettings & { windowMs: number };
  /** The requesting user. */
  uid: number;
  rules: RuleBook;
  bootId: string;
  /** The folder with the times at which parents were first seen gone. */
  folder: string;
  /** Null: only open device files show GPU use. */
  gpu: Pick<GpuProbe, "snapshot"> | null;
  /** Living jobs that adopted a process, by the identity (`PID:START`) of that process; null: unknown. */
  adopted?: () => ReadonlyMap<string, number> | null;
}

export interface Inspection extends Classified {
  scene: Scene;
  judged: Judged;
}

/** Inspects the machine and judges its processes, using earlier observations. */
export class Inspector {
  readonly #parts: InspectorParts;
  readonly #sightings: Sightings;
  readonly #memory = new Memory();

  constructor(parts: InspectorParts) {
    this.#parts = parts;
    this.#sightings = new Sightings(parts.folder, parts.bootId);
  }

  get uid(): number {
    return this.#parts.uid;
  }

  /** `how` fresh: uses nothing from earlier inspections, as needed before processes are ended. */
  sceneOver(windowMs: number, how: "remembering" | "fresh"): Promise<Scene> {
    const { clock, findAttempt, gpu } = this.#parts;
    const memory = how === "fresh" ? new Memory() : this.#memory;
    return observe(clock, windowMs, findAttempt, memory, gpu, this.#parts.adopted?.());
  }

  async judge(scene: Scene, rules: readonly Rule[], asked: ScanRequest): Promise<Judged> {
    const { clock, settings, uid } = this.#parts;
    const ofUser = asked.allUsers ? null : uid;
    const answers = await this.ask(scene, rules, asked);
    // Rules under test name other parents; noting those would discard the times for the rules in
    // use.
    if (rules === this.#parts.rules.rules())
      this.#sightings.note(goneKeys(scene, rules), clock.monotonicMs());
    return {
      rules,
      allow: settings.allow,
      limitsOf: (one) => limitsFor(settings, one, asked),
      uid: ofUser,
      goneMs: (process) =>
        Math.min(this.#sightings.goneMs(identityKey(process), clock.monotonicMs()), process.ageMs),
      statusOf: answers.statusOf,
      unanswered: unansweredMessage(answers),
    };
  }

  /**
   * Queries whether the jobs that processes name have ended. `every`: also queries databases whose
   * jobs no process names.
   */
  ask(
    scene: Scene,
    rules: readonly Rule[],
    { allUsers }: Pick<ScanRequest, "allUsers">,
    every = false,
  ): Promise<Answers> {
    const { clock, uid } = this.#parts;
    return askAll({ clock, scene, rules, uid: allUsers ? null : uid, every });
  }

  /** Refuses with `forbidden`, `no_such_rule` and, by throwing, `bad_rule`. */
  async inspect(asked: ScanRequest, how: "remembering" | "fresh"): Promise<Result<Inspection>> {
    const { allUsers, rule, family } = asked;
    const { rules: book, settings, uid } = this.#parts;
    if (allUsers && uid !== 0)
      return refuse("forbidden", { what: "Only root may inspect all users' processes" });
    const rules = book.rules();
    if (rule !== undefined && !rules.some(({ name }) => name === rule))
      return refuse("no_such_rule", { rule });
    if (family !== undefined && !rules.some((one) => familyOf(one) === family))
      return refuse("no_such_rule", { rule: family });
    const scene = await this.sceneOver(settings.windowMs, how);
    const judged = await this.judge(scene, rules, asked);
    return accept({ scene, judged, ...classify(scene, judged) });
  }
}
