import { hostname } from "node:os";
import type { AttemptSearch } from "../../containment/attempt-search.ts";
import { settleContainer } from "../../containment/containers/settle-container.ts";
import { isPopulated } from "../../containment/cgroup.ts";
import { KeeperLink, type KeeperListener, type Reached } from "../../containment/keeper-link.ts";
import type { LimitedSpec } from "../../containment/limits.ts";
import { isSealed } from "../../containment/seal.ts";
import { Signals } from "../../containment/signals.ts";
import { isGoingDown } from "../../containment/systemd.ts";
import type { ExitRecord, KeeperClaim } from "../../contract/keeper.ts";
import { bootId } from "../../processes/boot.ts";
import { sightBy } from "../../processes/pid-namespace.ts";
import type { AttemptRow, StoredSpec } from "../../store/rows.ts";
import type { EndProof, Engine, Evidence, LaunchAnswer, LaunchTicket, Plan } from "../engine.ts";
import type { Machine, Namespaces } from "../machine.ts";
import { Claims } from "./claims.ts";
import { LocalContainment } from "./containment.ts";
import { KeeperStarter, type KeeperStarterOptions } from "./keeper-starter.ts";
import { LocalKeepers } from "./keepers.ts";
import { intentOf, messageFor } from "./launching.ts";
import { LocalProcesses } from "./processes.ts";
import { observe } from "./observation.ts";
import { OwnKeepers } from "./own-keepers.ts";
import { LocalSweeping, recordedGroup } from "./sweeping.ts";

export interface LocalEngineOptions extends KeeperStarterOptions {
  attemptsDir: string;
  /** Finds processes on the machine. */
  search: AttemptSearch;
}

/**
 * Attempts on this machine, each under a keeper of its own. Each concern has a file beside this one;
 * the engine puts them together.
 */
export class LocalEngine implements Engine {
  readonly name = "local";
  readonly host = hostname();
  readonly machine: Machine;
  readonly #options: LocalEngineOptions;
  readonly #starter: KeeperStarter;
  readonly #signals: Signals;
  readonly #claims: Claims;
  readonly #own: OwnKeepers;
  readonly #containment: LocalContainment;
  readonly #keepers: LocalKeepers;
  readonly #processes: LocalProcesses;
  readonly #namespaces: Namespaces;

  /** Throws RefusalError `server_did_not_start` when no keeper can be started and waiting would not help. */
  static async open(options: LocalEngineOptions): Promise<LocalEngine> {
    const engine = new LocalEngine(options);
    await engine.#starter.open();
    return engine;
  }

  private constructor(options: LocalEngineOptions) {
    this.#options = options;
    this.#starter = new KeeperStarter(options);
    const { spawner } = this.#starter;
    this.#signals = new Signals(options.keeperProgram);
    this.#claims = new Claims(options.attemptsDir, spawner);
    this.#own = new OwnKeepers({
      spawner,
      signals: this.#signals,
      readClaim: (attempt) => this.#claims.read(attempt),
    });
    this.#containment = new LocalContainment(this.#starter, options.onComplaint);
    this.#keepers = new LocalKeepers(this.#own, this.#signals, spawner);
    const folderOf = (attempt: string) => this.#claims.folderOf(attempt);
    this.#processes = new LocalProcesses(this.#signals, options.search, folderOf);
    const isEmpty = (inode: number) => options.search.namespaceIsEmpty(inode);
    this.#namespaces = { sightOf: (attempt) => sightBy(attempt, isEmpty) };
    this.machine = {
      records: { recall: (attempt) => this.#claims.recall(attempt) },
      containment: this.#containment,
      namespaces: this.#namespaces,
      processes: this.#processes,
      keepers: this.#keepers,
      sweeping: new LocalSweeping(this.#processes, this.#namespaces, this.#signals, spawner),
      containers: {
        settle: async ({ id }, container, env) =>
          settleContainer(container, id, folderOf(id).readContainerId(), env, (containerId) =>
            options.search.containerMembers(containerId),
          ),
      },
      power: { isGoingDown },
    };
  }

  ready(): Promise<void> {
    return this.#starter.spawner.ready();
  }

  async plan(attempt: string, spec: LimitedSpec): Promise<Plan> {
    return this.#containment.plan(attempt, spec);
  }

  prepare(attempt: AttemptRow, spec: StoredSpec): Promise<void> {
    return this.#claims.folderOf(attempt.id).create(intentOf(attempt, spec));
  }

  flush(attempt: AttemptRow): Promise<void> {
    return this.#claims.folderOf(attempt.id).flush();
  }

  /** A second keeper with the same ticket finds the claim taken, and starts nothing. */
  launch(ticket: LaunchTicket): Promise<LaunchAnswer> {
    const { id } = ticket.attempt;
    const message = messageFor(ticket, this.#claims.folderOf(id), this.#options.keeperProgram);
    return this.#starter.spawner.launch(id, message);
  }

  attach(attempt: AttemptRow, listener: KeeperListener): Promise<KeeperLink | null> {
    const { id, nonce, claim } = attempt;
    // The process that answers knows the nonce, but so does the payload. Before its claim was seen there is nothing to compare with.
    const isPeer = async (reached: Reached) =>
      claim === null || (await this.#signals.isKeeper(reached, claim));
    const folder = this.#claims.folderOf(id).path;
    return KeeperLink.open(folder, nonce, this.#options.clock, listener, isPeer);
  }

  async observe(attempts: readonly AttemptRow[]): Promise<ReadonlyMap<string, Evidence | Error>> {
    const sources = {
      claims: this.#claims,
      keepers: this.#own,
      processes: this.#processes,
      signals: this.#signals,
      namespaces: this.#namespaces,
    };
    const seen = attempts.map(async (attempt) => {
      const evidence = await observe(sources, attempt).catch((error: unknown) =>
        error instanceof Error ? error : new Error(String(error)),
      );
      return [attempt.id, evidence] as const;
    });
    return new Map(await Promise.all(seen));
  }

  readClaim(attempt: AttemptRow): Promise<KeeperClaim | null> {
    return this.#claims.read(attempt);
  }

  stop(attempt: AttemptRow): Promise<void> {
    return this.#keepers.stop(attempt);
  }

  void(attempt: AttemptRow): Promise<boolean> {
    const voided = { boot_id: bootId(), voided_at_ms: this.#options.clock.nowMs() };
    return this.#claims.folderOf(attempt.id).voidClaim(voided);
  }

  async prove(attempt: AttemptRow): Promise<EndProof> {
    return { exit: this.#sealedExitOf(attempt), populated: await this.#isPopulated(attempt) };
  }

  async discard(attempt: AttemptRow): Promise<void> {
    await this.#containment.releaseGroup(attempt);
    await this.#claims.folderOf(attempt.id).remove();
  }

  async close(): Promise<void> {
    this.#starter.close();
  }

  #sealedExitOf({ id, sealHash, distrusted }: AttemptRow): ExitRecord | null {
    if (distrusted || sealHash === null) return null;
    const exit = this.#claims.folderOf(id).sealedExit();
    return exit !== null && isSealed(exit, sealHash) ? exit : null;
  }

  async #isPopulated(attempt: AttemptRow): Promise<boolean | null> {
    const group = recordedGroup(attempt);
    if (group === null) return null;
    const sight = await this.#namespaces.sightOf(attempt);
    // Its processes have ended with their namespace or with the machine.
    if (sight !== "here") return sight === "elsewhere" ? null : false;
    return isPopulated(group);
  }
}
