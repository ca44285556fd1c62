import { execFileSync } from "node:child_process";
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Config } from "../config/config.ts";
import type { Traces } from "../containment/survivors.ts";
import { buildId } from "../system/build-id.ts";
import { FileInPlace } from "../system/file-in-place.ts";
import { FakeClock } from "../system/fake-clock.ts";
import { answerMs, endMs, InspectionThreads, type ThreadsParts } from "./inspection-threads.ts";
import { searchIn } from "./searches.ts";

/**
 * A thread whose services do what a test needs: `holders hang` is held by the kernel, which opens a FIFO
 * when another process does, `holders held` answers when the program lets it, `survivors` says in which search each attempt was searched for.
 */
const threadProgram = `
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { threadId } from "node:worker_threads";
import { program, serve } from ${JSON.stringify(join(import.meta.dirname, "serve.ts"))};

let searches = 0;
serve({
  async holders(call, target) {
    await program.ask("began", threadId);
    if (target === "hang") closeSync(openSync(join(import.meta.dirname, "fifo"), "r"));
    if (target === "held") await program.ask("released");
    if (target === "uncloneable") return () => target;
    if (target === "uncloneable answer") await program.ask("uncloneable");
    if (target === "missing") throw Object.assign(new Error("no such target"), { code: "ENOENT" });
    return [threadId, program.askNow("findAttempt", target)];
  },
  watch({ report, signal }) {
    report("begun");
    return new Promise((resolve) => {
      signal.addEventListener("abort", () => resolve("aborted"));
    });
  },
  async survivors(call, all) {
    searches += 1;
    const mine = searches;
    await program.ask("began", threadId);
    if (mine === 1) await program.ask("released");
    return all.map(() => [mine]);
  },
});
`;

let folder: string;
let clock: FakeClock;
let threads: InspectionThreads;
/** The threads in which a service began, in order. */
let began: number[];
let onBegan: () => void;
let released: PromiseWithResolvers<void>;
let parts: ThreadsParts;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-inspection-"));
  const program = join(folder, "thread.mts");
  writeFileSync(program, threadProgram);
  execFileSync("mkfifo", [join(folder, "fifo")]);
  [clock, began, onBegan] = [new FakeClock(), [], () => undefined];
  released = Promise.withResolvers();
  parts = {
    program: new FileInPlace(program),
    build: buildId,
    config: {} as Config,
    clock,
    answers: {
      findAttempt: (attempt: string) =>
        attempt === "uncloneable at once" ? () => attempt : { job: attempt.length, ended: false },
      uncloneable: () => () => 0,
      began: (thread: number) => {
        began.push(thread);
        onBegan();
      },
      released: () => released.promise,
    },
  };
  threads = new InspectionThreads(parts);
});

afterEach(async () => {
  releaseHanging();
  await threads.close();
  rmSync(folder, { recursive: true });
});

/** Ends what waits at the FIFO; there may be nothing. */
function releaseHanging(): void {
  try {
    closeSync(openSync(join(folder, "fifo"), constants.O_WRONLY | constants.O_NONBLOCK));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENXIO") throw error;
  }
}

function hasBegun(count: number): Promise<void> {
  return new Promise((resolve) => {
    onBegan = () => {
      if (began.length >= count) resolve();
    };
    onBegan();
  });
}

/** What `holders` of the test's thread answers. */
const holders = (target: string, isShared = false) =>
  threads.call("holders", [target], { isShared }) as unknown as Promise<
    [thread: number, found: object]
  >;

it("asks the program in the middle of an inspection", async () => {
  expect((await holders("abc"))[1]).toEqual({ job: 3, ended: false });
});

it("does not let a request wait behind another's inspection, and uses an idle thread again", async () => {
  const held = holders("held");
  await hasBegun(1);
  const [other] = await holders("quick");
  expect(other).not.toBe(began[0]);
  expect((await holders("quick"))[0]).toBe(other);
  released.resolve();
  expect((await held)[0]).toBe(began[0]);
});

it("shares an inspection among equal requests", async () => {
  const both = [holders("held", true), holders("held", true)];
  await hasBegun(1);
  released.resolve();
  await Promise.all(both);
  expect(began).toHaveLength(1);
});

it("does not answer a request by an inspection that began before it", async () => {
  const first = holders("held", true);
  await hasBegun(1);
  const later = [holders("held", true), holders("held", true)];
  released.resolve();
  await Promise.all([first, ...later]);
  expect(began).toHaveLength(2);
});

it("gives up a thread that the kernel holds, and goes on in another", async () => {
  const hanging = holders("hang").catch((error: unknown) => error);
  await hasBegun(1);
  clock.advance(answerMs);
  expect(await hanging).toMatchObject({
    refusal: { code: "inspection_stuck", details: { seconds: answerMs / 1000 } },
  });
  expect((await holders("quick"))[0]).not.toBe(began[0]);
});

it("refuses at once when the kernel holds every thread", async () => {
  const hanging = Array.from({ length: 6 }, () => holders("hang").catch(() => null));
  await hasBegun(6);
  clock.advance(answerMs);
  await Promise.all(hanging);
  await expect(holders("quick")).rejects.toMatchObject({ refusal: { code: "inspection_stuck" } });
});

function replaceProgram(): string {
  const program = join(folder, "thread.mts");
  writeFileSync(`${program}.new`, threadProgram);
  renameSync(`${program}.new`, program);
  return program;
}

it("starts no thread whose program is of another build", async () => {
  const program = replaceProgram();
  await expect(holders("quick")).rejects.toMatchObject({
    refusal: { code: "program_replaced", details: { path: program } },
  });
});

it("asks nothing of a thread of another build whose file has the inode of the old one", async () => {
  parts.build = "another";
  await expect(holders("quick")).rejects.toMatchObject({
    refusal: { code: "program_replaced", details: { path: join(folder, "thread.mts") } },
  });
  expect(began).toEqual([]);
});

it.each([
  ["its file is another one", replaceProgram],
  ["its file only has the same inode", () => (parts.build = "another")],
])("shares a thread that lives when no other can be had: %s", async (_how, replace) => {
  const held = holders("held");
  await hasBegun(1);
  replace();
  const quick = await Promise.all([holders("quick"), holders("quick")]);
  expect(quick.map(([thread]) => thread)).toEqual([began[0], began[0]]);
  released.resolve();
  await held;
});

it("does not end what may take any time because of another call's limit", async () => {
  const end = new AbortController();
  const held = Array.from({ length: 6 }, () => holders("held").catch((error: unknown) => error));
  await hasBegun(6);
  const begun = Promise.withResolvers<unknown>();
  const watched = threads.call("watch", [{ intervalMs: 1, dryRun: true, allUsers: false }], {
    signal: end.signal,
    onEvent: begun.resolve,
    timeoutMs: null,
  });
  await begun.promise;
  clock.advance(answerMs);
  for (const error of await Promise.all(held))
    expect(error).toMatchObject({ refusal: { code: "inspection_stuck" } });
  end.abort();
  expect(await watched).toBe("aborted");
  expect(await threads.close()).toBe(true);
});

it.each(["uncloneable", "uncloneable answer", "uncloneable at once"])(
  "answers with an error what no message can carry: %s",
  async (target) => {
    await expect(holders(target)).rejects.toThrow("could not be cloned");
    expect((await holders("quick"))[0]).toBe(began[0]);
  },
);

it("starts no thread after it has closed", async () => {
  await threads.close();
  for (const isShared of [false, true])
    await expect(holders("quick", isShared)).rejects.toMatchObject({
      refusal: { code: "shutting_down" },
    });
  expect(began).toEqual([]);
});

it("says whether all threads have ended when it closes", async () => {
  await holders("quick");
  expect(await threads.close()).toBe(true);
  threads = new InspectionThreads(parts);
  const hanging = holders("hang").catch(() => null);
  await hasBegun(2);
  const closed = threads.close();
  clock.advance(endMs);
  expect(await closed).toBe(false);
  await hanging;
});

it("passes on errors with their codes, events and the end of the caller's interest", async () => {
  await expect(holders("missing")).rejects.toMatchObject({
    message: "no such target",
    code: "ENOENT",
  });
  const end = new AbortController();
  const events: unknown[] = [];
  const watched = threads.call("watch", [{ intervalMs: 1, dryRun: true, allUsers: false }], {
    signal: end.signal,
    onEvent: (event) => {
      events.push(event);
      end.abort();
    },
  });
  expect(await watched).toBe("aborted");
  expect(events).toEqual(["begun"]);
});

it("searches once for all attempts that are asked for during a search, after it has ended", async () => {
  const search = searchIn(threads, { soon: (callback) => setImmediate(callback) });
  const first = search.survivors({} as Traces);
  await hasBegun(1);
  const others = Array.from({ length: 300 }, () => search.survivors({} as Traces));
  released.resolve();
  expect(await first).toEqual([1]);
  expect(new Set((await Promise.all(others)).flat())).toEqual(new Set([2]));
});
