import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Receipt } from "../contract/receipt.ts";
import type { LimitTrial, Selftest, SelftestCase } from "../contract/selftest.ts";
import { notApplied } from "../job/limits.ts";
import { startChild } from "../system/child.ts";
import { escapes, type Escape } from "./cases.ts";
import { limitTrials, notTried } from "./limit-trials.ts";
import { play, type SelftestParts } from "./play.ts";

const oldAttempt = "00000000-0000-4000-8000-000000000000";

/**
 * Runs real jobs, one after the other. Some try to escape: when Holdfast reports their
 * end, an independent witness says whether they did. Others run into a limit. A process
 * that looks like part of a job runs at the same time and must not be touched. The jobs
 * are removed again.
 */
export async function runSelftest(parts: SelftestParts): Promise<Selftest> {
  const bystander = startBystander();
  try {
    const cases: SelftestCase[] = [];
    for (const escape of escapes) cases.push(await tryEscape(parts, escape));
    const { tier, tierWhy, limits } = await parts.supervisor.health();
    const trials: LimitTrial[] = [];
    for (const ability of limits) trials.push({ ...ability, ...(await tryLimit(parts, ability)) });
    const untouched = bystander.exitCode === null && bystander.signalCode === null;
    return {
      passed:
        untouched &&
        cases.every(({ verdict }) => verdict === "proven") &&
        trials.every(({ verdict }) => verdict !== "not enforced"),
      tier,
      tierWhy,
      cases,
      bystander: untouched
        ? "a process with a job's number in its arguments and another attempt's cookie was left alone"
        : `a process that was not a job's ended by ${bystander.signalCode ?? bystander.exitCode}`,
      limits: trials,
    };
  } finally {
    await endBystander(bystander);
  }
}

async function tryEscape(parts: SelftestParts, escape: Escape): Promise<SelftestCase> {
  const { name, what } = escape;
  try {
    const { job, receipt, livesOn, tookMs } = await play(parts, escape);
    const objection = livesOn
      ? `the job is ${job.state}, but something of it lives`
      : escape.objection(job, receipt);
    const verdict = objection === null ? "proven" : "not proven";
    return { name, what, verdict, message: objection ?? describeProof(receipt), tookMs };
  } catch (error) {
    return { name, what, verdict: "not proven", message: messageOf(error), tookMs: 0 };
  }
}

async function tryLimit(
  parts: SelftestParts,
  { what, how }: { what: string; how: string },
): Promise<Pick<LimitTrial, "verdict" | "message">> {
  const trial = limitTrials[what];
  if (how === notApplied) return { verdict: "not tried", message: null };
  const reason = notTried(what);
  if (trial === undefined || reason !== null) return { verdict: "not tried", message: reason };
  try {
    const played = await play(parts, trial);
    const objection = trial.objection(played);
    const inconclusive = objection === null ? null : (trial.inconclusive?.(played) ?? null);
    if (inconclusive !== null) return { verdict: "not known", message: inconclusive };
    return { verdict: objection === null ? "enforced" : "not enforced", message: objection };
  } catch (error) {
    return { verdict: "not enforced", message: messageOf(error) };
  }
}

const messageOf = (error: unknown) => String(error instanceof Error ? error.message : error);

function describeProof({ proof, ended, tier }: Receipt): string {
  const seen = ended.self + ended.term + ended.kill;
  const how = proof.kind === "keeper" ? `${tier}` : `${tier}, by a search`;
  return `${how}; ${seen} seen, ${ended.kill} killed`;
}

/**
 * Looks like a job's process to code that uses only names or any cookie; the server gives it
 * its own environment, as it does to a job. One process, which ends with its input: nothing of it remains after a
 * selftest, or after a server that is killed during one.
 */
function startBystander(): ChildProcess {
  return startChild("/bin/sh", ["-c", "read _; : job 1 holdfast"], {
    stdio: ["pipe", "ignore", "ignore"],
    env: { ...process.env, HOLDFAST_ATTEMPT: oldAttempt },
  });
}

async function endBystander(bystander: ChildProcess): Promise<void> {
  if (bystander.exitCode !== null || bystander.signalCode !== null) return;
  const ended = once(bystander, "exit");
  bystander.kill("SIGKILL");
  await ended;
}
