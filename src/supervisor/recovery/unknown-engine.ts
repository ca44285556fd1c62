import type { Waiting } from "../../contract/job.ts";
import type { Engines } from "../../engines/engines.ts";
import type { AttemptRow } from "../../store/rows.ts";
import type { Context } from "../context.ts";

/**
 * What a server reports about jobs and attempts of an engine that it does not have. Attempts of it may
 * run: nothing is concluded about them and nothing is removed; jobs for it are not launched.
 */

/** The message of the job; null: its engine is there. */
export function unknownEngineMessage(
  { engines }: Pick<Context, "engines">,
  { engine }: Pick<AttemptRow, "engine">,
): string | null {
  if (engines.named(engine) !== null) return null;
  return `its engine is ${engine}, which this server does not have (${known(engines)}): nothing is concluded and nothing is stopped; ${remedy}`;
}

/** Why a job that names such an engine waits. */
export function unknownEngineWaiting(engines: Engines, engine: string): Waiting {
  return {
    code: "engine",
    message: `it asks for the engine ${engine}, which this server does not have (${known(engines)})`,
    hint: remedy,
  };
}

/** A warning for each such engine. */
export function unknownEngineWarnings({
  engines,
  followers,
}: Pick<Context, "engines" | "followers">): string[] {
  const running = [...followers.values()].map(({ attempt }) => attempt.engine);
  const unknown = running.filter((name) => engines.named(name) === null);
  return [...Map.groupBy(unknown, (name) => name)].map(
    ([name, attempts]) =>
      `attempts that only the engine ${name} can judge: ${attempts.length}; this server does not have it (${known(engines)}); ${remedy}`,
  );
}

const remedy = "start a version of Holdfast that has this engine";

function known({ names }: Engines): string {
  return `it has ${names.join(", ")}`;
}
