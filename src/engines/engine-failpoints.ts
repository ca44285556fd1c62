import { failpoint } from "../system/failpoints.ts";
import type { Engine } from "./engine.ts";

type Method = {
  [K in keyof Engine]: Engine[K] extends (...args: never) => unknown ? K : never;
}[keyof Engine];

/**
 * Which calls to an engine are steps: before and after each lies a failpoint. A new method of
 * Engine does not compile until it is said here whether it is one.
 */
const steps: Record<Method, "promise" | "at once" | null> = {
  prepare: "promise",
  flush: "promise",
  contain: "promise",
  launch: "promise",
  attach: "promise",
  inspect: "promise",
  recall: "promise",
  readClaim: "promise",
  void: "promise",
  sweep: "promise",
  releaseGroup: "at once",
  discard: "promise",
  // Has a failpoint of its own where it starts something.
  ready: null,
  isPopulated: null,
  sightOf: null,
  sealedExitOf: null,
  // These only read; other code records the result.
  search: null,
  endedOrphansOf: null,
  identify: null,
  rouse: null,
  folderOf: null,
  groupFor: null,
  groupsAlsoFor: null,
  planLimits: null,
  processes: null,
  whyStuck: null,
  heldUp: null,
  keeperPidOf: null,
  isGoingDown: null,
  // Asks and removes, and records nothing: after a crash it is simply asked again.
  settleContainer: null,
  close: null,
};

/** `NAME.before` and `NAME.after` of these are the engine's failpoints. */
export const engineSteps = (Object.keys(steps) as Method[])
  .filter((name) => steps[name] !== null)
  .map((name) => `engine.${name}` as const);

/** The same engine with its failpoints. Only for a server that was started with some. */
export function withFailpoints(engine: Engine): Engine {
  return new Proxy(engine, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      const call = (...args: unknown[]): unknown => Reflect.apply(value, target, args);
      const kind = name in steps ? steps[name as Method] : null;
      if (kind === null) return call;
      return kind === "promise" ? later(String(name), call) : now(String(name), call);
    },
  });
}

type Call = (...args: unknown[]) => unknown;

function later(name: string, call: Call): Call {
  return async (...args) => {
    failpoint(`engine.${name}.before`);
    const result = await call(...args);
    failpoint(`engine.${name}.after`);
    return result;
  };
}

function now(name: string, call: Call): Call {
  return (...args) => {
    failpoint(`engine.${name}.before`);
    const result = call(...args);
    failpoint(`engine.${name}.after`);
    return result;
  };
}
