import { failpoint } from "../system/failpoints.ts";
import type { Engine } from "./engine.ts";
import type { Machine } from "./machine.ts";

type Method<T> = {
  [K in keyof T]: T[K] extends (...args: never) => unknown ? K : never;
}[keyof T];

/**
 * Which calls to an engine are steps: before and after each lies a failpoint. A new method of Engine
 * or of a part of Machine does not compile until it is said here whether it is one.
 */
const engineMethods: Record<Method<Engine>, boolean> = {
  prepare: true,
  flush: true,
  launch: true,
  attach: true,
  observe: true,
  readClaim: true,
  void: true,
  discard: true,
  // Has a failpoint of its own where it starts something.
  ready: false,
  // These only read; other code records the result.
  prove: false,
  plan: false,
  // A request that is repeated until its effect is observed.
  stop: false,
  close: false,
};

const machineMethods: { [Part in keyof Machine]: Record<Method<Machine[Part]>, boolean> } = {
  records: { recall: true },
  containment: { contain: true, releaseGroup: true, groupsOf: false },
  sweeping: { sweep: true, endedOrphansOf: false },
  namespaces: { sightOf: false },
  processes: { identify: false, programOf: false, list: false, search: false, whyStuck: false },
  keepers: { pidOf: false, heldUp: false, wake: false },
  // Asks and removes, and records nothing: after a crash it is simply asked again.
  containers: { settle: false },
  power: { isGoingDown: false },
};

const parts = Object.keys(machineMethods) as (keyof Machine)[];

/** `NAME.before` and `NAME.after` of these are the engine's failpoints. */
export const engineSteps = [engineMethods, ...parts.map((part) => machineMethods[part])]
  .flatMap((methods) => Object.entries(methods))
  .filter(([, isStep]) => isStep)
  .map(([name]) => `engine.${name}` as const);

/** The same engine with its failpoints. Only for a server that was started with some. */
export function withFailpoints<E extends Engine>(engine: E): E {
  const { machine } = engine;
  if (machine === null) return wrapped(engine, engineMethods);
  const wrappedParts = parts.map((part) => [
    part,
    wrapped<object>(machine[part], machineMethods[part]),
  ]);
  const wrappedMachine = Object.fromEntries(wrappedParts) as unknown as Machine;
  return wrapped<E>(engine, engineMethods, { machine: wrappedMachine } as Partial<E>);
}

function wrapped<T extends object>(
  target: T,
  methods: Readonly<Record<string, boolean>>,
  instead: Partial<T> = {},
): T {
  return new Proxy(target, {
    get(_, name) {
      if (name in instead) return Reflect.get(instead, name) as unknown;
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      const call = (...args: unknown[]): unknown => Reflect.apply(value, target, args);
      return methods[String(name)] === true ? step(`engine.${String(name)}`, call) : call;
    },
  });
}

type Call = (...args: unknown[]) => unknown;

function step(name: string, call: Call): Call {
  return async (...args) => {
    failpoint(`${name}.before`);
    const result = await call(...args);
    failpoint(`${name}.after`);
    return result;
  };
}
