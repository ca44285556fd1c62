import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { JobRequest, Receipt } from "../../src/client/client.ts";
import { endHolders, fixturesFolder, makeWitnessDir } from "../fixtures/witness.ts";
import { Bystanders } from "./bystanders.ts";
import { observeEnd, untilLines, type Ending } from "./observation.ts";
import type { PrivateServer } from "./private-server.ts";

/** A fixture that runs as a job, ready, with its bystanders beside it. */
export interface Payload {
  id: number;
  attempt: string;
  /** What the fixture printed before `ready`, for example `{ pid: 812 }` of the line `pid 812`. */
  said: Record<string, number>;
}

/** One test's job: its witness, its bystanders, and its observed end. */
export class Stage {
  readonly server: PrivateServer;
  readonly witnessDir: string;
  readonly bystanders: Bystanders;

  static async set(server: PrivateServer): Promise<Stage> {
    return new Stage(server, await makeWitnessDir(), await Bystanders.gather());
  }

  private constructor(server: PrivateServer, witnessDir: string, bystanders: Bystanders) {
    this.server = server;
    this.witnessDir = witnessDir;
    this.bystanders = bystanders;
  }

  /** Submits a command; three short processes of the job end before it, so that a bystander can take a pid of theirs. */
  async submit(command: readonly string[], more: Partial<JobRequest> = {}): Promise<number> {
    const { env, ...rest } = more;
    const { job } = await this.server.client.submit({
      command: ["/bin/sh", "-c", past, "sh", ...command],
      cwd: "/",
      graceMs: 200,
      env: { PATH: process.env["PATH"] ?? "", WITNESS_DIR: this.witnessDir, ...env },
      ...rest,
    });
    return job.id;
  }

  /** Runs a fixture as a job and resolves when all its processes are in place. */
  async play(
    fixture: string,
    args: readonly string[] = [],
    more: Partial<JobRequest> = {},
  ): Promise<Payload> {
    return this.ready(await this.submitFixture(fixture, args, more));
  }

  submitFixture(
    fixture: string,
    args: readonly string[] = [],
    more: Partial<JobRequest> = {},
  ): Promise<number> {
    return this.submit([join(fixturesFolder, fixture), ...args], more);
  }

  /** Resolves with the fixture's output when all its processes are in place. */
  heard(id: number): Promise<string[]> {
    return untilLines(
      this.server.connection,
      id,
      (lines) => lines.includes("ready") && lines.filter(isPast).length === pastCount,
    );
  }

  /** The same, and the bystanders join it. */
  async ready(id: number): Promise<Payload> {
    const { client } = this.server;
    const lines = await this.heard(id);
    const attempt = (await client.show(id)).attempt?.id ?? "";
    await this.bystanders.joinJob({ id, attempt, past: lines.filter(isPast).map(numberOf) });
    const said = Object.fromEntries(
      lines
        .filter((line) => /^[a-z]+ \d+$/.test(line) && !isPast(line))
        .map((line) => [line.slice(0, line.indexOf(" ")), numberOf(line)]),
    );
    return { id, attempt, said };
  }

  observe(id: number): Promise<Ending> {
    return observeEnd(this.server.connection, id, this.witnessDir);
  }

  /** As `observe`, for a job that may have ended before it executed anything. */
  observeMaybeUnborn(id: number): Promise<Ending> {
    return observeEnd(this.server.connection, id, this.witnessDir, true);
  }

  /** Cancels the job and watches it end. */
  async cancel(id: number): Promise<Ending> {
    const ending = this.observe(id);
    await this.server.client.cancel(id);
    return ending;
  }

  receipt(id: number): Promise<Receipt> {
    return this.server.client.receipt(id);
  }

  async clear(): Promise<void> {
    await this.bystanders.end();
    await endHolders(this.witnessDir);
    await rm(this.witnessDir, { recursive: true });
  }
}

const pastCount = 3;
// The substitution ends when the last of them has let go of the pipe: they are over, or about to be.
const past = `past=$(for n in 1 2 3; do (sh -c 'echo past $$' &); done); echo "$past"; exec "$@"`;
const isPast = (line: string) => line.startsWith("past ");
const numberOf = (line: string) => Number(line.slice(line.indexOf(" ") + 1));
