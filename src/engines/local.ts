import { existsSync } from "node:fs";
import { isSealed } from "../containment/seal.ts";
import { attemptOf, type RecalledAttempt } from "../containment/recalled.ts";
import { namesItsOwn } from "../containment/own-claim.ts";
import { AttemptFolder } from "../containment/attempt-folder.ts";
import type { Grounds } from "../containment/cgroup-grounds.ts";
import { removeRoot } from "../containment/cgroup-root.ts";
import { clientCommand, clientPolicy } from "../containment/containers/client-command.ts";
import {
  settleContainer,
  type ContainerRound,
} from "../containment/containers/settle-container.ts";
import { isPopulated, killGroup, type RecordedGroup, removeGroup } from "../containment/cgroup.ts";
import { gainFoothold, type FootholdOptions } from "../containment/foothold.ts";
import { alsoGroups, makeGroups } from "../containment/groups.ts";
import { KeeperLink, type KeeperListener, type Reached } from "../containment/keeper-link.ts";
import { launchMessage } from "../containment/launch-message.ts";
import { findObstacle } from "../containment/obstacle.ts";
import {
  applyLimits,
  keepersPart,
  limitAbilities,
  type LimitedSpec,
  planLimits,
} from "../containment/limits.ts";
import { ownRights } from "../containment/process-limits.ts";
import { Outrun } from "../containment/outrun.ts";
import { Signals } from "../containment/signals.ts";
import { isGoingDown } from "../containment/systemd.ts";
import {
  Spawner,
  type EndedOrphans,
  type LaunchAnswer,
  type Orphans,
} from "../containment/spawner.ts";
import {
  findMembers,
  findSurvivors,
  provenEmpty,
  type Survivor,
  type Traces,
} from "../containment/survivors.ts";
import type { JobProcess } from "../contract/job-process.ts";
import type { Tier } from "../contract/attempt.ts";
import type { ExitRecord, KeeperClaim, ProcessIdentity } from "../contract/keeper.ts";
import type { LimitAbility } from "../contract/limits.ts";
import type { ContainerSpec } from "../job/container.ts";
import type { AppliedLimit } from "../job/limits.ts";
import type { JobSpec } from "../job/spec.ts";
import { RefusalError } from "../contract/problems.ts";
import { bootId } from "../processes/boot.ts";
import { heldUp } from "../processes/held-up.ts";
import { kernelStackOf } from "../processes/kernel-stack.ts";
import { ownCpus } from "../processes/own-cpus.ts";
import { liveDetails } from "../processes/live-details.ts";
import { waitsAtItsGate } from "../processes/keeper-program.ts";
import { type Sight, sightOf } from "../processes/pid-namespace.ts";
import { listProcesses } from "../processes/process-table.ts";
import type { AttemptRow, StoredSpec } from "../store/rows.ts";
import { failpoint } from "../system/failpoints.ts";
import type { Contained, Engine, Evidence, HeldUpPart, Sweep, WhyStuck } from "./engine.ts";
import { OwnKeepers } from "./own-keepers.ts";
import { payloadVariables } from "./payload-variables.ts";
import { believable, type Claim, isKeeper, readable, voidOrStrange } from "./records.ts";

const [sighup, sigterm, sigcont] = [1, 15, 18];
const noGrounds: Grounds = { v2: null, v1: new Map(), why: "it was adopted", missing: null };
const roomLookMs = 5000;
/** They pass. */
const shortages = new Set(["EAGAIN", "ENOMEM", "EMFILE", "ENFILE"]);

export interface LocalEngineOptions extends FootholdOptions {
  attemptsDir: string;
  onComplaint: (text: string) => void;
}

/** Attempts on this machine, each under a keeper of its own. */
export class LocalEngine implements Engine {
  readonly #options: LocalEngineOptions;
  readonly cpus: string;
  #grounds: Grounds = { v2: null, v1: new Map(), why: "not looked yet", missing: null };
  readonly #rights = ownRights();
  readonly #spawner: Spawner;
  readonly #signals: Signals;
  readonly #keepers: OwnKeepers;
  readonly #outruns = new Map<string, Outrun>();
  #closed = false;

  /**
   * If the machine has no process, descriptor or memory to spare, it opens all the same: running attempts have to
   * be followed, and the next launches try again. Throws RefusalError `server_did_not_start` when no keeper can be
   * started for another reason.
   */
  static async open(options: LocalEngineOptions): Promise<LocalEngine> {
    const engine = new LocalEngine(options);
    try {
      await engine.#spawner.ready();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== undefined && shortages.has(code)) {
        options.onComplaint(`the program that starts keepers: ${code}; launches wait`);
        engine.#findRoom(code);
        return engine;
      }
      const what = `no keeper could be started: ${(error as Error).message}`;
      throw new RefusalError({ code: "server_did_not_start", details: { what } }, { cause: error });
    }
    return engine;
  }

  #findRoom(code: string): void {
    const why = `not known yet: no process could be started (${code}); it is retried automatically`;
    this.#grounds = { ...this.#grounds, why };
    this.#options.clock.after(roomLookMs, () => {
      if (this.#closed) return;
      this.#spawner
        .ready()
        .catch((error: unknown) =>
          this.#findRoom((error as NodeJS.ErrnoException).code ?? String(error)),
        );
    });
  }

  private constructor(options: LocalEngineOptions) {
    this.#options = options;
    this.cpus = ownCpus();
    this.#spawner = new Spawner(
      async () => {
        const { child, grounds } = await gainFoothold(options);
        this.#grounds = grounds;
        return child;
      },
      options.clock,
      options.onComplaint,
    );
    this.#signals = new Signals(options.keeperProgram);
    this.#keepers = new OwnKeepers({
      spawner: this.#spawner,
      signals: this.#signals,
      readClaim: (attempt) => this.readClaim(attempt),
    });
  }

  get tier(): Tier {
    return this.#grounds.v2 === null ? "subreaper" : "cgroup";
  }

  get tierWhy(): string {
    const { why, missing } = this.#grounds;
    return missing === null ? why : `${why}; ${missing}`;
  }

  get limits(): LimitAbility[] {
    return limitAbilities(this.#grounds);
  }

  sealedExitOf(attempt: AttemptRow): ExitRecord | null {
    const { sealHash, distrusted } = attempt;
    const exit = distrusted || sealHash === null ? null : this.#folder(attempt.id).sealedExit();
    return exit !== null && isSealed(exit, sealHash ?? "") ? exit : null;
  }

  sightOf(attempt: AttemptRow): Sight {
    return sightOf(attempt);
  }

  async identify(pid: number): Promise<ProcessIdentity | null> {
    return (await this.#signals.identify([pid]))[0] ?? null;
  }

  folderOf(attempt: string): string {
    return this.#folder(attempt).path;
  }

  groupFor(attempt: string): string | null {
    return this.#grounds.v2 === null ? null : `${this.#grounds.v2.root}/${attempt}`;
  }

  groupsAlsoFor(attempt: string, spec: LimitedSpec | null): string[] {
    return [...new Set(alsoGroups(this.#grounds, attempt, spec).values())];
  }

  planLimits(spec: LimitedSpec): AppliedLimit[] {
    const grounds = spec.adopt === undefined ? this.#grounds : noGrounds;
    return planLimits(grounds, spec, this.#rights);
  }

  ready(): Promise<void> {
    return this.#spawner.ready();
  }

  async prepare(attempt: AttemptRow, { command, cwd, ...spec }: StoredSpec): Promise<void> {
    await this.#folder(attempt.id).create({
      version: 1,
      attempt: attempt.id,
      job: attempt.job,
      ...(attempt.jobUuid === undefined ? {} : { job_uuid: attempt.jobUuid }),
      number: attempt.number,
      boot_id: attempt.bootId,
      pid_namespace: attempt.namespace,
      nonce: attempt.nonce,
      tier: attempt.tier,
      cgroup: attempt.cgroup,
      cgroup_also: attempt.cgroupAlso,
      command,
      cwd,
      gpu_uuids: attempt.gpuUuids,
      made_at_ms: attempt.createdAtMs,
      spec,
    });
  }

  flush(attempt: AttemptRow): Promise<void> {
    return this.#folder(attempt.id).flush();
  }

  async contain(attempt: AttemptRow, spec: LimitedSpec): Promise<Contained> {
    // A scope ends with the last process in it: when the spawner was lost, the next one gets another.
    await this.#spawner.ready();
    // Foreign processes are not moved into a group: docs/decisions/0023.
    if (spec.adopt !== undefined)
      return { limits: planLimits(noGrounds, spec, this.#rights), cgroupAlso: [] };
    if (attempt.cgroup !== this.groupFor(attempt.id)) throw new GroundLost();
    const also = alsoGroups(this.#grounds, attempt.id, spec);
    const groups = await makeGroups(attempt.cgroup, also, this.#options.onComplaint);
    failpoint("group.made");
    const limits = await applyLimits(this.#grounds, groups, spec, this.#rights);
    return { limits, cgroupAlso: [...new Set(groups.v1.values())] };
  }

  async launch(attempt: AttemptRow, spec: JobSpec, seal: string): Promise<LaunchAnswer> {
    const folder = this.#folder(attempt.id);
    const message = launchMessage({
      attempt: attempt.id,
      folder: folder.path,
      nonce: attempt.nonce,
      seal,
      spec: { ...spec, ...this.#client(attempt, spec), ...this.#follower(spec) },
      env: { ...spec.env, ...payloadVariables(attempt, folder) },
      cgroup: attempt.cgroup,
      cgroupAlso: attempt.cgroupAlso,
      ...keepersPart(attempt.limits, spec),
    });
    return this.#spawner.launch(attempt.id, message);
  }

  attach(attempt: AttemptRow, listener: KeeperListener): Promise<KeeperLink | null> {
    const { id, nonce, claim } = attempt;
    // The process that answers knows the nonce, but so does the payload. Before its claim was seen there is nothing to compare with.
    const isPeer = async (reached: Reached) =>
      claim === null || (await this.#signals.isKeeper(reached, claim));
    return KeeperLink.open(this.folderOf(id), nonce, this.#options.clock, listener, isPeer);
  }

  async rouse(attempt: AttemptRow, to: "listen" | "stop"): Promise<void> {
    if (sightOf(attempt) !== "here") return;
    const keeper = await this.#keepers.identityOf(attempt);
    if (keeper === null) return;
    await this.#signals.send(attempt.bootId, [keeper], sigcont);
    await this.#signals.send(attempt.bootId, [keeper], to === "stop" ? sigterm : sighup);
  }

  async inspect(attempt: AttemptRow): Promise<Evidence> {
    const folder = this.#folder(attempt.id);
    const sight = sightOf(attempt);
    const visible = sight === "here";
    // Before its claim is read: a keeper may be about to make it, and then to execute.
    const executed = attempt.claim === null && visible && this.#hasExecuted(attempt);
    const claim = await readable(folder.readClaim());
    // The payload can write another claim once its own has been seen.
    const own = this.#isItsKeepers(claim, attempt);
    if (own) this.#keepers.note(attempt, claim);
    const keeper = (attempt.claim ?? (own ? claim : null))?.keeper ?? null;
    const keeperAlive = visible && keeper !== null && (await this.#signals.lives(keeper));
    // Afterwards: a keeper that is gone by then has written its last record.
    const exit = believable(await readable(folder.readExit()), attempt, sight);
    return {
      folder: existsSync(folder.path),
      claimedBefore: attempt.claim !== null || claimIsDamaged(attempt) || executed,
      claim: claim === null || claim === "unreadable" ? claim : own ? claim : voidOrStrange(claim),
      exit,
      sight,
      keeperAlive,
    };
  }

  isPopulated(attempt: AttemptRow): boolean | null {
    const group = recordedGroup(attempt);
    if (group === null) return null;
    const sight = sightOf(attempt);
    // Its processes have ended with their namespace or with the machine.
    if (sight !== "here") return sight === "elsewhere" ? null : false;
    return isPopulated(group);
  }

  async recall(attempt: string): Promise<RecalledAttempt | null> {
    const intent = await readable(this.#folder(attempt).readIntent());
    return intent === null || intent === "unreadable" ? null : attemptOf(intent);
  }

  async readClaim(attempt: AttemptRow): Promise<KeeperClaim | null> {
    const claim = await readable(this.#folder(attempt.id).readClaim());
    return this.#isItsKeepers(claim, attempt) ? claim : null;
  }

  void(attempt: AttemptRow): Promise<boolean> {
    return this.#folder(attempt.id).voidClaim({
      boot_id: bootId(),
      voided_at_ms: this.#options.clock.nowMs(),
    });
  }

  async sweep(attempt: AttemptRow): Promise<Sweep> {
    const sight = sightOf(attempt);
    if (sight === "elsewhere") return { left: [], proven: false, by: [] };
    // The processes that a record of another boot names have ended, and its groups are gone.
    if (sight !== "here") return { left: [], proven: true, by: [] };
    const found = findSurvivors(this.#tracesOf(attempt));
    if (attempt.cgroup !== null) killGroup(attempt.cgroup);
    const answers = await this.#signals.send(
      attempt.bootId,
      found.map(({ identity }) => identity),
      this.#outrun(attempt.id, found).next(found),
    );
    const left = found.map((one, index) =>
      Object.assign(one, { denied: answers[index] === "denied" }),
    );
    if (attempt.tier === "best effort") return { left, proven: null, by: [] };
    const orphans = this.#spawner.orphansOf(attempt.id);
    if (orphans === "there") this.#spawner.wake();
    return { left, ...provenBy(provenEmpty(recordedGroup(attempt)), orphans) };
  }

  endedOrphansOf(attempt: AttemptRow): EndedOrphans | null {
    return this.#spawner.endedOrphansOf(attempt.id);
  }

  search(
    attempt: AttemptRow,
    named: readonly Pick<ProcessIdentity, "pid" | "start">[],
  ): Survivor[] {
    if (sightOf(attempt) !== "here") return [];
    const isNamed = ({ identity }: Survivor) =>
      named.some(({ pid, start }) => pid === identity.pid && start === identity.start);
    return findSurvivors(this.#tracesOf(attempt)).filter((one) => !isNamed(one));
  }

  heldUp(attempt: AttemptRow): HeldUpPart | null {
    if (sightOf(attempt) !== "here") return null;
    const part = (
      name: HeldUpPart["part"],
      pid: number | null,
      start?: number,
    ): HeldUpPart | null => {
      const held = pid === null ? null : heldUp(pid, start);
      return held === null ? null : { part: name, ...held };
    };
    const keeper = attempt.claim?.keeper;
    if (keeper !== undefined) return part("keeper", keeper.pid, keeper.start);
    return (
      part("keeper", this.keeperPidOf(attempt)) ??
      (this.#spawner.isAsked(attempt.id) ? part("spawner", this.#spawner.pid) : null)
    );
  }

  keeperPidOf(attempt: AttemptRow): number | null {
    return this.#keepers.pidOf(attempt);
  }

  async settleContainer(
    attempt: AttemptRow,
    container: ContainerSpec,
    env: Record<string, string>,
  ): Promise<ContainerRound> {
    const recorded = this.#folder(attempt.id).readContainerId();
    return settleContainer(container, attempt.id, recorded, env);
  }

  isGoingDown(): Promise<boolean> {
    return isGoingDown();
  }

  async whyStuck(pid: number): Promise<WhyStuck> {
    return { obstacle: findObstacle(pid), stack: await kernelStackOf(pid) };
  }

  processes(attempt: AttemptRow): JobProcess[] {
    if (sightOf(attempt) !== "here") return [];
    return findMembers(listProcesses(), this.#tracesOf(attempt)).map(({ stat, ties }) =>
      Object.assign(liveDetails(stat, this.#options.clock.nowMs()), { ties }),
    );
  }

  releaseGroup(attempt: AttemptRow): void {
    for (const group of [attempt.cgroup, ...attempt.cgroupAlso])
      if (group !== null) removeGroup(group);
  }

  async discard(attempt: AttemptRow): Promise<void> {
    this.releaseGroup(attempt);
    await this.#folder(attempt.id).remove();
  }

  close(): void {
    this.#closed = true;
    this.#spawner.close();
    const { v2, v1 } = this.#grounds;
    for (const ground of [v2, ...v1.values()]) if (ground !== null) removeRoot(ground.root);
  }

  /** Of the current sweep; a new one if nothing is left. */
  #outrun(attempt: string, left: readonly Survivor[]): Outrun {
    const known = this.#outruns.get(attempt) ?? new Outrun();
    if (left.length === 0) this.#outruns.delete(attempt);
    else this.#outruns.set(attempt, known);
    return known;
  }

  #tracesOf({ id, claim, cgroup, tier, sealHash }: AttemptRow): Traces {
    // A payload can write to claim and intent: only the server's own record lets a claim name a foreign
    // process. A row that was rebuilt from an intent is not such a record, and has no seal.
    const isOwnRecord = tier === "best effort" && sealHash !== null;
    const adopted = isOwnRecord ? (claim?.adopted ?? null) : null;
    return { attempt: id, folder: this.folderOf(id), claim, cgroup, adopted };
  }

  /** What changes if nothing is to be started. */
  #follower({ adopt }: JobSpec): Partial<JobSpec> {
    if (adopt === undefined) return {};
    const { pid, start, inode } = adopt;
    return {
      command: [this.#options.keeperProgram, "follow", ...[pid, start, inode].map(String)],
    };
  }

  /** What changes if the payload is the client of a container. */
  #client(attempt: AttemptRow, spec: JobSpec): Partial<JobSpec> {
    const { container, command, cwd, limits, cpus } = spec;
    if (container === null) return {};
    const idFile = this.#folder(attempt.id).file("container.id");
    const { gpuUuids } = attempt;
    const order = { container, command, attempt: attempt.id, cwd, idFile, gpuUuids, limits, cpus };
    return {
      command: clientCommand(order),
      ...clientPolicy(container.runtime, process.getuid?.() === 0),
    };
  }

  #folder(attempt: string): AttemptFolder {
    return new AttemptFolder(this.#options.attemptsDir, attempt);
  }

  #isItsKeepers(claim: Claim, attempt: AttemptRow): claim is KeeperClaim {
    if (!isKeeper(claim, attempt) || sightOf(attempt) !== "here") return false;
    const keeperPid = this.#spawner.keeperPidOf(attempt.id);
    const named = keeperPid === null || claim.keeper.pid === keeperPid;
    return named && namesItsOwn(claim, attempt.id);
  }

  /**
   * The cookie is in an environment only from the payload's own exec on, which is after the claim. A process in
   * the attempt's group without it is the payload that waits at its gate, or a descendant of a process that passed it.
   */
  #hasExecuted(attempt: AttemptRow): boolean {
    return this.search(attempt, []).some(
      ({ identity, ties }) =>
        ties.includes("cookie") || (ties.includes("cgroup") && !waitsAtItsGate(identity.pid)),
    );
  }
}

/** One was recorded, and its content is not known any more. */
function claimIsDamaged({ damaged }: AttemptRow): boolean {
  return damaged?.includes("claim") === true;
}

/** Groups cannot be made in the planned place any more; the next attempt's group is elsewhere. */
class GroundLost extends Error {
  readonly code = "ESTALE";
  override readonly message =
    "the place of its group has gone with the process that starts keepers";
}

function recordedGroup({ cgroup, namespace }: AttemptRow): RecordedGroup | null {
  return cgroup === null ? null : { path: cgroup, namespace: namespace?.cgroups };
}

function provenBy(group: boolean | null, orphans: Orphans): Pick<Sweep, "proven" | "by"> {
  if (group === false || orphans === "there") return { proven: false, by: [] };
  const by: Sweep["by"] = [
    ...(group === true ? ["group" as const] : []),
    ...(orphans === "gone" ? ["spawner" as const] : []),
  ];
  return { proven: by.length > 0 ? true : null, by };
}
