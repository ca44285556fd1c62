import type { Job, Receipt } from "../../src/client/client.ts";
import { fixtures, type GuestHoldfast } from "./guest-holdfast.ts";

const witnessCheck = `${fixtures}/witness-check`;

/** A job that is a fixture, with its witness folder inside the machine. */
export class GuestStage {
  readonly holdfast: GuestHoldfast;
  readonly witnessDir: string;
  readonly job: number;

  /** Submits it, and resolves when it has said that everything is in place. */
  static async play(
    holdfast: GuestHoldfast,
    fixture: readonly string[],
    options: readonly string[] = [],
  ): Promise<GuestStage> {
    const [program = "", ...args] = fixture;
    const witnessDir = await holdfast.vm.run(["mktemp", "-d"], holdfast.where);
    const job = await holdfast.submit(
      [`${fixtures}/${program}`, ...args],
      "--env",
      `WITNESS_DIR=${witnessDir}`,
      "--grace",
      "1s",
      ...options,
    );
    await holdfast.said(job, "ready");
    return new GuestStage(holdfast, witnessDir, job);
  }

  private constructor(holdfast: GuestHoldfast, witnessDir: string, job: number) {
    this.holdfast = holdfast;
    this.witnessDir = witnessDir;
    this.job = job;
  }

  /** Names of the fixture's processes that live, by the locks that they hold. */
  async living(): Promise<string[]> {
    return (await this.#held()).map(({ name }) => name);
  }

  /** The pid of its first process. */
  async leader(): Promise<number> {
    return (await this.#held()).find(({ name }) => name === "leader")?.pid ?? 0;
  }

  async #held(): Promise<{ name: string; pid: number }[]> {
    const { vm, where } = this.holdfast;
    const lines = await vm.run([witnessCheck, this.witnessDir], where);
    return lines.split("\n").flatMap((line) => {
      const [, name, pid] = /^held ([^. ]+)\S* ?(\d+)?/.exec(line) ?? [];
      return name === undefined ? [] : [{ name, pid: Number(pid ?? 0) }];
    });
  }

  /** Cancels it and resolves with what is known when the command returns. */
  async cancel(): Promise<{ job: Job; receipt: Receipt; living: string[] }> {
    await this.holdfast.run("cancel", "--no-autostart", String(this.job));
    const living = await this.living();
    return {
      living,
      job: await this.holdfast.show(this.job),
      receipt: await this.holdfast.receipt(this.job),
    };
  }
}
