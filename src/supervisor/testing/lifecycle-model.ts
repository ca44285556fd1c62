import { loadConfig } from "../../config/config.ts";
import { jobRequest, type JobRequest } from "../../contract/job-request.ts";
import { Engines } from "../../engines/engines.ts";
import type { FakeAttempt } from "../../engines/testing/fake-attempt.ts";
import { FakeEngine } from "../../engines/testing/fake-engine.ts";
import type { RetryCause } from "../../job/retries.ts";
import { isTerminal, next, type State, type StateEvent } from "../../job/states.ts";
import { Store } from "../../store/store.ts";
import { FakeClock } from "../../system/fake-clock.ts";
import { supervise, type RunningSupervisor } from "../supervise.ts";
import { ordinaryParts } from "./ordinary-parts.ts";

/** What can happen to a job, a keeper or the machine, at any moment. */
export const happenings = [
  "submit",
  "submit held",
  "submit with retries",
  "cancel",
  "kill",
  "hold",
  "release",
  "pause",
  "resume",
  "retry",
  "payload ends",
  "keeper killed",
  "connection breaks",
  "keeper silent",
  "keeper answers again",
  "server restarts",
  "server restarts, payload ended meanwhile",
  "server restarts, keeper killed meanwhile",
  "machine restarts",
  "launch refused",
  "launch answer lost",
  "disk full",
  "disk free",
  "time passes",
] as const;
export type Happening = (typeof happenings)[number];

export const ownCode = 7;
/** After everything that a job can be tried again after here; shorter than what passes while things settle. */
const policy = {
  max: 2,
  on: ["failed", "keeper_lost", "machine_restarted"] as const satisfies RetryCause[],
  delayMs: 5000,
};
const noSpace = Object.assign(new Error("no space"), { code: "ENOSPC" });

/** For tests: a supervisor over a fake machine, driven by happenings, and what has to be true in the end. */
export class Lifecycle {
  readonly #store: Store;
  readonly #engine = new FakeEngine();
  readonly #clock = new FakeClock();
  readonly #folder: string;
  #supervisor: RunningSupervisor;
  #boots = 1;
  readonly jobs: number[] = [];
  readonly #stopAsked = new Set<number>();
  readonly #keepersLost = new Set<string>();
  #launchRefused = false;

  static async begin(folder: string): Promise<Lifecycle> {
    const life = new Lifecycle(folder);
    await life.#supervisor.recover();
    return life;
  }

  private constructor(folder: string) {
    this.#folder = folder;
    this.#store = new Store({ path: ":memory:", soon: (callback) => this.#clock.soon(callback) });
    this.#supervisor = this.#supervise();
  }

  /** `which`: any number; it picks among the jobs there are. */
  async happens(what: Happening, which = 0): Promise<void> {
    const id = this.jobs[which % Math.max(1, this.jobs.length)] ?? 0;
    await this.#do(what, id);
    await this.#quiet();
  }

  stateOf(id: number): State {
    const job = this.#store.jobs.get(id);
    if (job === null) throw new Error(`job ${id} is gone`);
    return job.state;
  }

  /** Removes all faults, ends everything, and compares the records with what happened. */
  async settle(): Promise<string[]> {
    await this.happens("disk free");
    this.#engine.answers.length = 0;
    for (const attempt of this.#engine.attempts.values()) attempt.silent = false;
    await this.happens("server restarts");
    for (let round = 0; round < 12; round += 1) {
      for (const id of this.jobs)
        if (this.stateOf(id) === "held") await this.#supervisor.release(id);
      for (const attempt of this.#engine.attempts.values()) if (attempt.keeperAlive) end(attempt);
      this.#clock.advance(60_000);
      await this.#quiet();
      if (this.jobs.every((id) => isTerminal(this.stateOf(id)))) break;
    }
    const complaints = this.jobs.flatMap((id) => this.#complaintsOf(id));
    this.#supervisor.close();
    this.#store.close();
    return complaints;
  }

  async #do(what: Happening, id: number): Promise<void> {
    const attempt = this.#runningOf(id);
    switch (what) {
      case "submit":
      case "submit held":
      case "submit with retries":
        return this.#submit({
          held: what === "submit held",
          ...(what === "submit with retries" ? { retries: policy } : {}),
        });
      case "cancel":
      case "kill":
        this.#stopAsked.add(id);
        return void (await (what === "kill"
          ? this.#supervisor.kill(id)
          : this.#supervisor.cancel(id, null)));
      case "hold":
      case "release":
        return void (await this.#supervisor[what](id));
      case "pause":
      case "resume":
        void this.#supervisor[what](id);
        return attempt?.report({ paused: what === "pause" });
      case "retry": {
        const retried = await this.#supervisor.retry(id);
        if (retried.ok) this.jobs.push(retried.value.id);
        return;
      }
      case "payload ends":
        return attempt === undefined ? undefined : end(attempt);
      case "keeper killed":
        return this.#loseKeeper(attempt);
      case "connection breaks":
        return attempt?.disconnect();
      case "keeper silent":
      case "keeper answers again":
        if (attempt !== undefined) attempt.silent = what === "keeper silent";
        return attempt?.disconnect();
      case "server restarts":
        return this.#restart(() => undefined);
      case "server restarts, payload ended meanwhile":
        return this.#restart(() => attempt && end(attempt));
      case "server restarts, keeper killed meanwhile":
        return this.#restart(() => this.#loseKeeper(attempt));
      case "machine restarts":
        return this.#restart(() => this.#reboot());
      case "launch refused":
        this.#launchRefused = true;
        return void this.#engine.answers.push({ kind: "failed", stage: "fork", errno: "EPERM" });
      case "launch answer lost":
        return void this.#engine.answers.push({ kind: "unknown" });
      case "disk full":
        this.#engine.prepareError = noSpace;
        return;
      case "disk free":
        this.#engine.prepareError = null;
        return;
      case "time passes":
        return this.#clock.advance(10_000);
    }
  }

  async #submit(more: Partial<JobRequest>): Promise<void> {
    const request = jobRequest.parse({ command: ["true"], cwd: "/", ...more });
    const result = await this.#supervisor.submit(request, null);
    if (result.ok) this.jobs.push(result.value.job.id);
  }

  #runningOf(id: number): FakeAttempt | undefined {
    return [...this.#engine.attempts.values()].findLast(
      ({ row, keeperAlive }) => row.job === id && keeperAlive,
    );
  }

  #loseKeeper(attempt: FakeAttempt | undefined): void {
    if (attempt === undefined) return;
    this.#keepersLost.add(attempt.row.id);
    attempt.lose();
  }

  async #restart(meanwhile: () => void): Promise<void> {
    this.#supervisor.close();
    await this.#quiet();
    meanwhile();
    this.#supervisor = this.#supervise();
    await this.#recovered(this.#supervisor.recover());
  }

  /** What a keeper that does not answer delays ends with the clock; reading a folder takes real time. */
  async #recovered(recovery: Promise<void>): Promise<void> {
    const waiting = { over: false };
    void recovery.finally(() => {
      waiting.over = true;
    });
    for (let turn = 1; !waiting.over; turn += 1) {
      await new Promise((resolve) => {
        this.#clock.soon(() => resolve(undefined));
      });
      if (turn % 200 === 0) this.#clock.advance(500);
    }
  }

  /** Nothing from before lives, and no earlier record names a process. */
  #reboot(): void {
    this.#boots += 1;
    for (const attempt of this.#engine.attempts.values()) {
      if (attempt.keeperAlive) this.#keepersLost.add(attempt.row.id);
      attempt.keeperAlive = false;
    }
  }

  #supervise(): RunningSupervisor {
    const config = loadConfig({ HOLDFAST_STATE_DIR: this.#folder });
    const bootId = `boot-${this.#boots}`;
    this.#engine.bootId = bootId;
    return supervise({
      ...ordinaryParts(),
      store: this.#store,
      engines: new Engines(this.#clock, this.#engine),
      clock: this.#clock,
      config: { ...config, paths: { ...config.paths, attemptsDir: this.#folder } },
      bootId,
    });
  }

  #complaintsOf(id: number): string[] {
    const complaints: string[] = [];
    const state = this.stateOf(id);
    const outcome = this.#store.jobs.get(id)?.outcome ?? null;
    const ran = [...this.#engine.attempts.values()].filter(
      ({ row, voided }) => row.job === id && !voided,
    );
    const complain = (message: string) => complaints.push(`job ${id}, ${state}: ${message}`);
    if (!isTerminal(state)) complain("has not ended");
    const most = 1 + (this.#store.jobs.get(id)?.spec.retries.max ?? 0);
    if (ran.length > most) complain(`ran ${ran.length} times`);
    const receipts = this.#store.attempts.countExecuted(id);
    if (receipts !== ran.length) complain(`ran ${ran.length} times, with ${receipts} receipts`);
    // During a long recovery the clock advances, maybe until the next attempt is launched.
    const refused = this.#launchRefused && outcome?.reason === "launch_failed";
    if (ran.length < most && ran.length > 0 && !this.#stopAsked.has(id) && !refused)
      complain(`was to be tried again, and ran ${ran.length} times`);
    if (outcome !== null && outcome.code !== null && outcome.code !== ownCode)
      complain(`its code is ${outcome.code}`);
    if (state === "cancelled" && !this.#stopAsked.has(id)) complain("it was not asked for");
    if (state === "succeeded" || state === "timed_out") complain("that did not happen");
    const last = ran.at(-1);
    const lost = last !== undefined && last.exit === null && this.#keepersLost.has(last.row.id);
    const over = state === "cancelled" && this.#stopAsked.has(id);
    if ((state === "lost") !== lost && !over)
      complain(lost ? "its keeper was lost" : "no keeper was lost");
    complaints.push(...this.#pathOf(id));
    return complaints;
  }

  /** The events of a job are a path through the table of states, and nothing follows its end. */
  #pathOf(id: number): string[] {
    const complaints: string[] = [];
    let state: State | null = null;
    for (const { type, state: to, data } of this.#store.events.after(id, 0, 1000)) {
      if (type === "submitted") state = to;
      if (type !== "state" || state === null) continue;
      const expected: State | null = next(state, data["event"] as StateEvent);
      if (expected !== to) complaints.push(`job ${id} went from ${state} to ${to}`);
      state = to;
    }
    return complaints;
  }

  /** Until nothing happens without an input any more. */
  async #quiet(): Promise<void> {
    for (let turn = 0; turn < 25; turn += 1)
      await new Promise((resolve) => {
        this.#clock.soon(() => resolve(undefined));
      });
  }
}

/** As a keeper ends it: without a request, or because of one. */
function end(attempt: FakeAttempt): void {
  const [, reason] =
    attempt.said.findLast((message) => message.startsWith("stop "))?.split(" ") ?? [];
  const code = reason === undefined ? ownCode : null;
  attempt.end({
    reason: reason ?? "exited",
    main: { pid: 812, code, signal: code === null ? 15 : null, core: false },
  });
}
