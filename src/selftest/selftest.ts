import type { ChildProcess } from "node:child_process";
import { jobRequest, type Job } from "../contract/job.ts";
import type { Result } from "../contract/problems.ts";
import { RefusalError } from "../contract/problems.ts";
import type { Receipt } from "../contract/receipt.ts";
import type { Selftest, SelftestCase } from "../contract/selftest.ts";
import { isTerminal } from "../job/states.ts";
import type { Supervisor } from "../supervisor/supervisor.ts";
import { startChild } from "../system/child.ts";
import type { Clock } from "../system/clock.ts";
import { escapes, type Escape } from "./cases.ts";
import { Witness } from "./witness.ts";

const patienceMs = 20_000;
const oldAttempt = "00000000-0000-4000-8000-000000000000";

export interface SelftestParts {
  supervisor: Supervisor;
  clock: Clock;
  /** For the witnesses' FIFOs. */
  folder: string;
}

/**
 * Runs real jobs that try to escape, one after the other, and asks a witness that
 * is not Holdfast whether they did, at the moment Holdfast says that they ended.
 * Beside them runs a process that looks like one of a job and must not be touched.
 * The jobs are removed again.
 */
export async function runSelftest(parts: SelftestParts): Promise<Selftest> {
  const bystander = startBystander();
  try {
    const cases: SelftestCase[] = [];
    for (const escape of escapes) cases.push(await tryEscape(parts, escape));
    const { tier, tierWhy, limits } = parts.supervisor.health();
    const untouched = bystander.exitCode === null && bystander.signalCode === null;
    return {
      passed: untouched && cases.every(({ verdict }) => verdict === "proven"),
      tier,
      tierWhy,
      cases,
      bystander: untouched
        ? "a process with a job's number in its arguments and another attempt's cookie was left alone"
        : `a process that was not a job's ended by ${bystander.signalCode ?? bystander.exitCode}`,
      limits,
    };
  } finally {
    bystander.kill("SIGKILL");
  }
}

async function tryEscape(parts: SelftestParts, escape: Escape): Promise<SelftestCase> {
  const { supervisor, clock, folder } = parts;
  const witness = await Witness.make(folder);
  let id: number | null = null;
  const begun = { atMs: clock.monotonicMs() };
  const verdict = (words: string | null, proof = ""): SelftestCase => ({
    name: escape.name,
    what: escape.what,
    verdict: words === null ? "proven" : "not proven",
    words: words ?? proof,
    tookMs: Math.round(clock.monotonicMs() - begun.atMs),
  });
  try {
    id = accepted(await supervisor.submit(requestFor(escape, witness.path), null)).job.id;
    const ended = untilEnded(parts, id);
    await within(clock, Promise.race([witness.ready, ended]));
    if (escape.cancel !== null) {
      begun.atMs = clock.monotonicMs();
      accepted(await supervisor.cancel(id, escape.cancel.graceMs));
    }
    const job = await within(clock, ended);
    // The end of the last holder and the end of the job come by two ways; one turn lets both arrive.
    await new Promise<void>((resolve) => clock.soon(() => clock.soon(resolve)));
    if (!witness.gone) return verdict(`the job is ${job.state}, but something of it lives`);
    const receipt = accepted(supervisor.receipt(id));
    return verdict(escape.objection(job, receipt), proofWords(receipt));
  } catch (error) {
    return verdict(String(error instanceof Error ? error.message : error));
  } finally {
    witness.close();
    if (id !== null) await supervisor.remove(id);
  }
}

function requestFor({ name, script }: Escape, fifo: string) {
  return jobRequest.parse({
    command: ["/bin/sh", "-c", script, fifo],
    name: `selftest: ${name}`,
    cwd: "/",
    env: { PATH: "/usr/bin:/bin" },
    tags: ["holdfast-selftest"],
    priority: 1000,
    limitMs: patienceMs,
  });
}

function proofWords({ proof, ended, tier }: Receipt): string {
  const seen = ended.self + ended.term + ended.kill;
  const how = proof.kind === "keeper" ? `${tier}` : `${tier}, by a search`;
  return `${how}; ${seen} seen, ${ended.kill} killed`;
}

function untilEnded({ supervisor }: SelftestParts, id: number): Promise<Job> {
  return new Promise((resolve) => {
    const look = () => {
      const job = accepted(supervisor.show(id));
      if (!isTerminal(job.state)) return;
      unsubscribe();
      resolve(job);
    };
    const unsubscribe = supervisor.subscribe(id, look);
    look();
  });
}

function within<T>(clock: Clock, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(patienceMs, () =>
      reject(new Error(`nothing happened for ${patienceMs / 1000} s`)),
    );
    promise.then(resolve, reject).finally(() => timer.cancel());
  });
}

/** Looks like a job's process to whoever goes by names or by any cookie. */
function startBystander(): ChildProcess {
  return startChild("/bin/sh", ["-c", "sleep 120; : job 1 holdfast"], {
    stdio: "ignore",
    env: { PATH: "/usr/bin:/bin", HOLDFAST_ATTEMPT: oldAttempt },
  });
}

function accepted<T>(result: Result<T>): T {
  if (!result.ok) throw new RefusalError(result.refusal);
  return result.value;
}
