import { runToEnd } from "../system/child.ts";
import type { JobStatus } from "./classify.ts";
import { matchOf, type Match } from "./match.ts";
import type { Rule, StatusCommand } from "./rule.ts";
import { isFinished, type Scene } from "./scene.ts";

// The words that count are in the first line.
const outputLimitBytes = 64 * 1024;

/** Asks another system whether its job lives. Whatever is no clear answer is `unknown`. */
export async function askStatus(status: StatusCommand, id: string): Promise<JobStatus> {
  // The id comes from a stranger's command line: it must not become an option.
  if (id.startsWith("-")) return "unknown";
  const [program = "", ...args] = status.command.map((word) => word.replaceAll("{id}", id));
  try {
    const { code, signal, stdout } = await runToEnd(program, args, {
      timeoutMs: status.timeout,
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

/** Asks once for each job behind the processes that fit a rule with a status command. */
export async function askAll(
  scene: Scene,
  rules: readonly Rule[],
  uid: number | null,
): Promise<(match: Match) => JobStatus> {
  const asking = rules.filter(({ status }) => status !== undefined);
  const answers = new Map<string, JobStatus>();
  if (asking.length > 0)
    for (const process of scene.processes.values()) {
      if (isFinished(process) || (uid !== null && process.uid !== uid)) continue;
      const match = matchOf(process, rules);
      const id = match?.groups["id"];
      if (match?.rule.status === undefined || id === undefined) continue;
      const key = keyOf(match);
      if (!answers.has(key)) answers.set(key, await askStatus(match.rule.status, id));
    }
  return (match) => answers.get(keyOf(match)) ?? "unknown";
}

function keyOf({ rule, groups }: Match): string {
  return `${rule.name} ${groups["id"] ?? ""}`;
}
