import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JobEvent } from "../contract/event.ts";
import { jobRequest, type JobRequest } from "../contract/job-request.ts";
import type { AttemptSummary } from "../contract/attempt.ts";
import type { Job } from "../contract/job.ts";
import { RefusalError, type ProblemCode, type Result } from "../contract/problems.ts";
import type { Receipt } from "../contract/receipt.ts";
import { FakeEngine } from "../engines/testing/fake-engine.ts";
import { states, type State, type StateEvent } from "../job/states.ts";
import { FakeClock } from "../system/fake-clock.ts";
import { superviseFile } from "./testing/supervised-file.ts";

/** Everything that a client can learn of the jobs in a database. */
interface Answers {
  jobs: Job[];
  shown: Map<number, Result<Job>>;
  receipts: Map<number, Result<Receipt>>;
  attempts: Map<number, Result<{ attempts: AttemptSummary[] }>>;
  events: JobEvent[];
}

const path = (name: string) => join(folder, name);
let folder: string;
let expected: Answers;
let bytes: Buffer;
let keys = 0;
const engine = new FakeEngine();
const clock = new FakeClock();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-flipped-"));
  await makeJobs();
  bytes = readFileSync(path("whole.db"));
  expected = await answers("whole.db");
  expect(new Set(expected.jobs.map(({ state }) => state))).toEqual(new Set(states));
});

afterAll(() => rmSync(folder, { recursive: true }));

const open = (name: string) => superviseFile({ folder, engine, clock, name });

/** Jobs in every state, most of them with a name, tags, an environment and a receipt. */
async function makeJobs(): Promise<void> {
  const { store, supervisor } = open("whole.db");
  await supervisor.recover();
  const submit = async (request: Partial<JobRequest>) => {
    const env = { HOME: "/home/ada", TOKEN: "x".repeat(300) };
    const asked = {
      command: ["train", "--lr", "0.1"],
      cwd: "/",
      env,
      tags: ["a", "b"],
      ...request,
    };
    const result = await supervisor.submit(jobRequest.parse(asked), `key-${(keys += 1)}`);
    if (!result.ok) throw new Error(result.refusal.code);
    return result.value.job.id;
  };
  const until = (id: number, state: State) =>
    new Promise<void>((resolve) => {
      const sample = async () => {
        const job = await supervisor.show(id);
        if (!job.ok || job.value.state !== state) return;
        unsubscribe();
        resolve();
      };
      const unsubscribe = supervisor.subscribe(id, () => void sample());
      void sample();
    });
  const runs = async (name: string) => {
    const id = await submit({ name });
    await until(id, "running");
    return id;
  };
  const move = (id: number, from: State, event: StateEvent) =>
    store.commitNow("hold", () => store.jobs.advance(id, from, event, clock.nowMs()));
  for (let round = 0; round < 3; round += 1) {
    for (const [name, code] of [
      ["succeeded", 0],
      ["failed", 7],
    ] as const) {
      const id = await runs(name);
      engine.of(id).end({ main: { pid: 812, code, signal: null, core: false } });
      await until(id, name);
    }
    await supervisor.cancel(await submit({ name: "cancelled", held: true }), null);
  }
  await runs("running");
  move(await runs("paused"), "running", "pause");
  move(await runs("stopping"), "running", "stop");
  for (const event of ["timed_out", "lost"] as const) {
    const id = await runs(event);
    move(id, "running", "stop");
    move(id, "stopping", event);
  }
  await submit({ name: "held", held: true });
  const [starts, waits] = [await submit({ held: true }), await submit({ held: true })];
  supervisor.close();
  for (const id of [starts, waits]) move(id, "held", "release");
  move(starts, "queued", "launch");
  store.close();
}

async function answers(name: string): Promise<Answers> {
  const { store, supervisor } = open(name);
  try {
    const query = { states: [], tag: null, name: null, select: null, cursor: null, limit: 1000 };
    const list = await supervisor.list(query);
    if (!list.ok) throw new Error(list.refusal.code);
    const ids = (expected?.jobs ?? list.value.jobs).map(({ id }) => id);
    const each = async <T>(ask: (id: number) => Promise<T>) =>
      new Map(await Promise.all(ids.map(async (id) => [id, await ask(id)] as const)));
    return {
      jobs: list.value.jobs,
      shown: await each((id) => supervisor.show(id)),
      receipts: await each((id) => supervisor.receipt(id)),
      attempts: await each((id) => supervisor.attempts(id)),
      events: await supervisor.events({ job: null, after: 0, limit: 10_000 }),
    };
  } finally {
    supervisor.close();
    store.close();
  }
}

/** What of the answers is neither right nor marked. */
function silentlyAltered(found: Answers): string[] {
  const wrong: string[] = [];
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  const refused = (result: Result<unknown> | undefined, codes: readonly ProblemCode[]) =>
    result?.ok === false && codes.includes(result.refusal.code);
  // A number that was altered: the row is there under another one, and marked.
  const strays = found.jobs.some((job) => job.damaged?.fields.includes("id"));
  for (const job of expected.jobs) {
    const { id } = job;
    const now = found.jobs.find((one) => one.id === id);
    if (now === undefined) {
      if (!strays) wrong.push(`job ${id} is not listed`);
      continue;
    }
    if (now.damaged === undefined ? !same(now, job) : !certainIsRight(now, job))
      wrong.push(`job ${id} is ${JSON.stringify(now)}`);
    const shown = found.shown.get(id);
    // A list has no hints and no pauses.
    const { hints, pauses } = shown?.ok === true ? shown.value : {};
    if (!same(shown, { ok: true, value: { ...now, hints, pauses } }))
      wrong.push(`job ${id} is shown in another way`);
    const before = expected.shown.get(id);
    // Null where the receipt is damaged.
    if (before?.ok === true && pauses !== null && !same(pauses, before.value.pauses))
      wrong.push(`job ${id} was paused at other times`);
    const receipt = found.receipts.get(id);
    if (
      !sameReceipt(receipt, expected.receipts.get(id)) &&
      !refused(receipt, ["record_damaged", "no_receipt"])
    )
      wrong.push(`receipt ${id}: ${JSON.stringify(receipt)}`);
    const attempts = found.attempts.get(id);
    const marked =
      now.damaged !== undefined ||
      (attempts?.ok === true && attempts.value.attempts.some(({ damaged }) => damaged));
    if (!marked && !same(attempts, expected.attempts.get(id))) wrong.push(`attempts of ${id}`);
  }
  const bySeq = new Map(found.events.map((event) => [event.seq, event]));
  const marked = found.events.some(({ damaged }) => damaged !== undefined);
  for (const event of expected.events) {
    const now = bySeq.get(event.seq);
    if (!same(now, event) && now?.damaged === undefined && !marked)
      wrong.push(`event ${event.seq}`);
  }
  return wrong;
}

/**
 * It may mark a request to stop as damaged: nothing of that request is compared. A receipt that was
 * rebuilt says what it lacks; the rest is unchanged.
 */
function sameReceipt(
  now: Result<Receipt> | undefined,
  before: Result<Receipt> | undefined,
): boolean {
  const isRebuilt = now?.ok === true && now.value.rebuilt !== undefined;
  const left = new Set([
    ...(isMarked(now) ? ["stopRequests"] : []),
    ...(isRebuilt ? ["rebuilt", "unproven", "diskFull"] : []),
  ]);
  const text = (receipt: Result<Receipt> | undefined) => {
    if (receipt?.ok !== true) return JSON.stringify(receipt);
    const facts = Object.entries(receipt.value).filter(([name]) => !left.has(name));
    return JSON.stringify(facts.toSorted(([a], [b]) => a.localeCompare(b)));
  };
  return text(now) === text(before);
}

function isMarked(receipt: Result<Receipt> | undefined): boolean {
  const requests = receipt?.ok === true ? (receipt.value.stopRequests ?? []) : [];
  return requests.some(({ damaged }) => damaged !== undefined);
}

function certainIsRight(now: Job, job: Job): boolean {
  const certain = (now.damaged?.certain ?? []) as (keyof Job)[];
  return certain.every(
    (field) =>
      JSON.stringify(now[field]) === JSON.stringify(job[field]) ||
      now.attempt?.damaged !== undefined,
  );
}

/** A repeatable source of numbers below one (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Damage = (file: Buffer, random: () => number) => void;
const at = (file: Buffer, random: () => number) => Math.floor(random() * file.length);
const damages: Record<string, Damage> = {
  "one bit": (file, random) => {
    const place = at(file, random);
    file[place] = (file[place] ?? 0) ^ (1 << Math.floor(random() * 8));
  },
  "one letter": (file, random) => {
    // Where there is text, because a person would trust it.
    let place = at(file, random);
    while (!/[a-z0-9]/.test(String.fromCharCode(file[place] ?? 0))) place = at(file, random);
    file[place] = 0x61 + Math.floor(random() * 26);
  },
  "eight bytes": (file, random) => {
    const place = at(file, random);
    for (let index = place; index < Math.min(place + 8, file.length); index += 1)
      file[index] = Math.floor(random() * 256);
  },
};

const rounds = 100;
const timeoutMs = 30_000;

describe("a database file with altered bytes", () => {
  for (const [kind, damage] of Object.entries(damages))
    it(
      `${kind}: each answer is right, is marked as damaged, or is refused with a code`,
      async () => {
        const outcomes = { right: 0, marked: 0, refused: 0 };
        for (let seed = 1; seed <= rounds; seed += 1) {
          const file = Buffer.from(bytes);
          damage(file, numbers(seed));
          writeFileSync(path("altered.db"), file);
          for (const suffix of ["-wal", "-shm"])
            rmSync(path(`altered.db${suffix}`), { force: true });
          try {
            const found = await answers("altered.db");
            expect({ seed, wrong: silentlyAltered(found) }).toEqual({ seed, wrong: [] });
            outcomes[JSON.stringify(found.jobs).includes('"damaged"') ? "marked" : "right"] += 1;
          } catch (error) {
            if (!(error instanceof RefusalError)) throw new Error(`seed ${seed}`, { cause: error });
            expect(error.refusal.code).toMatch(/^store_(damaged|too_new)$/);
            outcomes.refused += 1;
          }
        }
        // Each of them happens, or the damage is not where it should be.
        expect(Math.min(...Object.values(outcomes))).toBeGreaterThan(0);
      },
      timeoutMs,
    );

  it("the copy without damage gives the same answers", async () => {
    copyFileSync(path("whole.db"), path("copy.db"));
    expect(silentlyAltered(await answers("copy.db"))).toEqual([]);
  });
});
