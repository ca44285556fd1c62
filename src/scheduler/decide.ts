import { less, resourcesIn, type Amounts } from "./demand.ts";

export interface QueuedJob {
  id: number;
  priority: number;
  demand: Amounts;
}

/** What there is of a resource. */
export interface Offer {
  /** Of this machine, or by the configuration. */
  total: number;
  /** Neither held by an attempt nor withheld. */
  free: number;
  /** Withheld from every job, because processes of an ended job still use it. */
  withheld: number;
  /** Jobs that may hold any of it, because the record of what they hold is damaged: none is free then. */
  unknownHolders?: readonly number[];
}

export type Offers = Readonly<Record<string, Offer>>;

/** Candidates in order: highest priority first, then by number. Each is returned once. */
export interface Candidates {
  /** The next job that asks for none of `resources`; null: there is none. */
  next(resources: ReadonlySet<string>): QueuedJob | null;
}

export interface Decision {
  launch: QueuedJob[];
  /** By resource, the first job that waits for it. No job behind it gets any. */
  first: ReadonlyMap<string, QueuedJob>;
  /** As the snapshot had it, less what the launched jobs take. */
  offers: Offers;
}

/**
 * Which queued jobs start now. Pure. It reads only candidates that may start: at most one more for
 * each resource than it launches.
 *
 * In order, without overtaking for the same resource: while a job waits for GPUs no later job gets
 * any, so that a job that asks for many is not starved by jobs that ask for few; jobs that ask for
 * none pass it.
 */
export function decide(offers: Offers, candidates: Candidates): Decision {
  let free: Amounts = Object.fromEntries(
    Object.entries(offers).map(([name, offer]) => [name, offer.free]),
  );
  const launch: QueuedJob[] = [];
  const first = new Map<string, QueuedJob>();
  const exhausted = new Set<string>();
  for (let job = candidates.next(exhausted); job !== null; job = candidates.next(exhausted)) {
    const { demand } = job;
    const lacking = resourcesIn(demand).find((name) => (demand[name] ?? 0) > (free[name] ?? 0));
    if (lacking === undefined) {
      free = less(free, demand);
      launch.push(job);
    } else {
      first.set(lacking, job);
      exhausted.add(lacking);
    }
  }
  return { launch, first, offers: leftOf(offers, free) };
}

/** The order of candidates: negative if `a` comes before `b`. */
export function inOrder(a: Omit<QueuedJob, "demand">, b: Omit<QueuedJob, "demand">): number {
  return b.priority - a.priority || a.id - b.id;
}

function leftOf(offers: Offers, free: Amounts): Offers {
  return Object.fromEntries(
    Object.entries(offers).map(([name, offer]) => [name, { ...offer, free: free[name] ?? 0 }]),
  );
}
