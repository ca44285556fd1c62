import { readArguments, readOwner } from "../../processes/read-process.ts";
import type { Machine } from "../machine.ts";
import type { FakeLevers } from "./fake-levers.ts";

/** A private machine: nothing happens without a call. */
export function fakeMachine(levers: FakeLevers): Machine {
  const { attempts } = levers;
  const survivorsOf = (id: string) => attempts.get(id)?.survivors ?? [];
  return {
    records: {
      async recall(attempt) {
        const row = levers.prepared.get(attempt);
        return row === undefined ? null : { ...row, claim: null, sealHash: null };
      },
    },
    containment: {
      tier: "cgroup",
      tierWhy: "a fake",
      limits: [],
      cpus: "0-7",
      async contain(_row, spec) {
        for (const what of levers.refused) levers.ways[what] = "not applied";
        return { limits: levers.planned(spec), cgroupAlso: [] };
      },
      async releaseGroup() {},
      groupsOf: (attempt) => ({ cgroup: `/sys/fs/cgroup/fake/${attempt}`, cgroupAlso: [] }),
    },
    namespaces: { sightOf: async (row) => levers.sightOf(row) },
    processes: {
      identify: async (pid) => levers.foreign.get(pid) ?? null,
      programOf: async (pid) => ({
        argv: readArguments(pid),
        uid: readOwner(pid),
        cgroup: null,
        isKernelThread: false,
        attempt: null,
      }),
      list: async () => [],
      search: async ({ id }) => survivorsOf(id),
      whyStuck: async (pid) => ({
        stack: levers.stacks.get(pid) ?? null,
        obstacle: levers.obstacles.get(pid) ?? null,
      }),
    },
    keepers: {
      pidOf: async (row) => row.claim?.keeper.pid ?? null,
      heldUp: async ({ id }) => levers.held.get(id) ?? null,
      wake: async ({ id }) => void attempts.get(id)?.woken.push("listen"),
    },
    sweeping: {
      async sweep({ id }) {
        levers.sweeps.push(id);
        const left = survivorsOf(id).map(({ identity, comm, state, ties }) => ({
          identity,
          comm,
          state,
          ties,
          denied: levers.obstacles.get(identity.pid)?.kind === "other_user",
        }));
        return { left, proven: left.length === 0, by: left.length === 0 ? ["group"] : [] };
      },
      endedOrphansOf: async ({ id }) => attempts.get(id)?.endedOrphans ?? null,
    },
    containers: {
      async settle({ id }, { runtime }) {
        levers.settled.push(`${runtime} ${id}`);
        const round = levers.containers.shift();
        const gone = "the fake knows none";
        return { id: null, gone, removed: false, message: "", left: [], ...round };
      },
    },
    power: { isGoingDown: async () => levers.goingDown },
  };
}
