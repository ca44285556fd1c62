/**
 * Amounts by resource: what a job asks for, or what is free. A name that is absent stands for 0.
 * `slot` and `gpu` belong to the machine; further resources need no change here.
 */
export type Amounts = Readonly<Record<string, number>>;

/** The scarcest first: if a job lacks several, that one is named. */
export function demandOf({ gpus }: { gpus: number }): Amounts {
  return gpus === 0 ? { slot: 1 } : { gpu: gpus, slot: 1 };
}

/** The resources of which a job asks for some, in the order in which they are judged. */
export function resourcesIn(demand: Amounts): string[] {
  return Object.keys(demand).filter((name) => (demand[name] ?? 0) > 0);
}

export function less(free: Amounts, demand: Amounts): Amounts {
  const left = { ...free };
  for (const name of resourcesIn(demand)) left[name] = (left[name] ?? 0) - (demand[name] ?? 0);
  return left;
}
