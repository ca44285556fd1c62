import type { AllocationModel } from "./allocation-model.ts";

const noSpace = Object.assign(new Error("no space"), { code: "ENOSPC" });
const survivor = {
  identity: { pid: 900, start: 1, inode: 1 },
  comm: "python3",
  state: "D",
  ties: [],
};

/** What can happen, in any order. A number says to which job, or how many. */
export const happenings = {
  submit: (model) => model.submit(),
  "submit for one GPU": (model) => model.submit({ gpus: 1 }),
  "submit for two GPUs": (model) => model.submit({ gpus: 2 }),
  "submit with retries": (model) =>
    model.submit({ gpus: 1, retries: { max: 2, on: ["failed", "keeper_lost"], delayMs: 3000 } }),
  "launch refused": (model) => model.refuseLaunch("EAGAIN"),
  "launch refused twice": (model) => {
    model.refuseLaunch("EAGAIN");
    model.refuseLaunch("EAGAIN");
  },
  "launch fails for good": (model) => model.refuseLaunch("EPERM"),
  "launch answer lost": (model) => void model.engine.answers.push({ kind: "unknown" }),
  "launches hang": (model) => model.engine.hold("launch"),
  "launches hang before they are on record": (model) => model.engine.hold("ready"),
  "launches are answered": (model) => model.engine.answer(),
  "disk full": (model) => {
    model.engine.prepareError = noSpace;
  },
  "disk free": (model) => {
    model.engine.prepareError = null;
  },
  cancel: (model, which) => model.supervisor.cancel(pick(model, which), null),
  kill: (model, which) => model.supervisor.kill(pick(model, which)),
  hold: (model, which) => model.supervisor.hold(pick(model, which)),
  release: (model, which) => model.supervisor.release(pick(model, which)),
  remove: (model, which) => model.supervisor.remove(pick(model, which)),
  "attempt ends": (model, which) => model.living(pick(model, which))?.end(),
  "attempt fails": (model, which) =>
    model
      .living(pick(model, which))
      ?.end({ main: { pid: 812, code: 7, signal: null, core: false } }),
  "keeper killed": (model, which) => model.living(pick(model, which))?.lose(),
  "keeper killed, a process survives": (model, which) =>
    model.living(pick(model, which))?.lose([survivor]),
  "survivors end": (model) => {
    for (const attempt of model.engine.attempts.values()) attempt.survivors = [];
  },
  "a moment passes": (model, which) => model.passes(which * 700),
  "five seconds pass": (model) => model.passes(5000),
  "server restarts": (model) => model.restart(),
  "server restarts with fewer slots": (model) => model.restart({ maxRunning: 1 }),
  "server restarts with more slots": (model) => model.restart({ maxRunning: 3 }),
} satisfies Record<string, (model: AllocationModel, which: number) => unknown>;

export type Happening = keyof typeof happenings;

export async function happen(
  model: AllocationModel,
  what: Happening,
  which: number,
): Promise<void> {
  const act: (one: AllocationModel, number: number) => unknown = happenings[what];
  await act(model, which);
  await model.quiet();
}

function pick({ jobs }: AllocationModel, which: number): number {
  return jobs[which % Math.max(1, jobs.length)] ?? 0;
}
