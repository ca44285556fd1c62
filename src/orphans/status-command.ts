import { runToEnd } from "../system/child.ts";
import type { Clock } from "../system/clock.ts";
import type { JobStatus } from "./classify.ts";
import { matchOf, type Match } from "./match.ts";
import type { Rule, StatusCommand } from "./rule.ts";
import { isFinished, type Scene } from "./scene.ts";

// The words that count are in the first line.
const outputLimitBytes = 64 * 1024;
const atOnce = 4;
// A client waits 30 s for its answer, and one question more may be under way.
const patienceMs = 15_000;

/** Asks another system whether its job lives. Whatever is no clear answer is `unknown`. */
export async function askStatus(status: StatusCommand, id: string): Promise<JobStatus> {
  // The id comes from a stranger's command line: it must not become an option.
  if (id.startsWith("-")) return "unknown";
  // By a function: in a replacement's text `$` and what follows would stand for something else.
  const [program = "", ...args] = status.command.map((word) => word.replaceAll("{id}", () => id));
  try {
    const { code, signal, stdout } = await runToEnd(program, args, {
      timeoutMs: status.timeout,
      wholeGroup: true,
      outputLimitBytes,
    });
    return signal === null ? readStatus(status, code ?? -1, stdout) : "unknown";
  } catch {
    return "unknown"; // the program is not there
  }
}

/** Words before exit codes; both kinds of word at once are no answer. */
export function readStatus(status: StatusCommand, code: number, stdout: string): JobStatus {
  const words = new Set((stdout.split("\n")[0] ?? "").toLowerCase().match(/[\p{L}\p{N}_-]+/gu));
  const says = (wanted: readonly string[]) => wanted.some((word) => words.has(word.toLowerCase()));
  const running = says(status.running);
  const ended = says(status.ended);
  if (running !== ended) return running ? "running" : "ended";
  if (running) return "unknown";
  if (status.running_codes.includes(code)) return "running";
  return status.ended_codes.includes(code) ? "ended" : "unknown";
}

/**
 * Asks once for each job behind the processes that fit a rule with a status command, a few at a time.
 * Who has not been asked when the patience is over is `unknown`.
 */
export async function askAll(
  clock: Clock,
  scene: Scene,
  rules: readonly Rule[],
  uid: number | null,
): Promise<(match: Match) => JobStatus> {
  const asking = rules.some(({ status }) => status !== undefined);
  const questions = asking ? questionsOf(scene, rules, uid) : new Map<string, Question>();
  const answers = new Map<string, JobStatus>();
  const giveUpAt = clock.monotonicMs() + patienceMs;
  const open = questions.entries();
  const ask = async () => {
    for (const [key, { status, id }] of open) {
      if (clock.monotonicMs() >= giveUpAt) return;
      answers.set(key, await askStatus(status, id));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, ask));
  return (match) => answers.get(keyOf(match)) ?? "unknown";
}

interface Question {
  status: StatusCommand;
  id: string;
}

function questionsOf(
  scene: Scene,
  rules: readonly Rule[],
  uid: number | null,
): Map<string, Question> {
  const questions = new Map<string, Question>();
  for (const process of scene.processes.values()) {
    if (isFinished(process) || (uid !== null && process.uid !== uid)) continue;
    const match = matchOf(process, rules);
    const id = match?.groups["id"];
    if (match?.rule.status === undefined || id === undefined) continue;
    questions.set(keyOf(match), { status: match.rule.status, id });
  }
  return questions;
}

function keyOf({ rule, groups }: Match): string {
  return `${rule.name} ${groups["id"] ?? ""}`;
}
