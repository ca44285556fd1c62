import type { ProblemDefinition } from "./problem-definition.ts";

/** Rules, plans and baselines of `orphans` and `doctor`, and what they are asked about. */
export const findingProblems = {
  bad_rule: {
    status: 400,
    exit: 78,
    title: "A rule about orphans is not valid",
    hint: "{where}: {what}",
  },
  no_such_rule: {
    status: 404,
    exit: 1,
    title: "There is no such rule or family",
    hint: "There is no {rule}; holdfast orphans rules lists the rules with their families",
  },
  no_such_plan: {
    status: 404,
    exit: 1,
    title: "There is no such plan",
    hint: "There is no plan {plan}; holdfast orphans plan writes one",
  },
  plan_used: {
    status: 409,
    exit: 1,
    title: "The plan has been carried out",
    hint: "Plan {plan} has a receipt or is being carried out; holdfast orphans plan writes a new plan",
  },
  plan_unused: {
    status: 404,
    exit: 1,
    title: "The plan has not been carried out",
    hint: "Plan {plan} has no receipt yet; holdfast orphans reap {plan} carries it out",
  },
  family_not_named: {
    status: 409,
    exit: 2,
    title: "The plan ends processes that are not suspected",
    hint: "Name its family once more: holdfast orphans clean --kill-all --family {family} --yes-family {family}",
  },
  not_adoptable: {
    status: 409,
    exit: 1,
    title: "The process cannot be adopted",
    hint: "Process {pid} is left alone: {what}",
  },
  not_watching: {
    status: 409,
    exit: 1,
    title: "This server does not watch",
    hint: "holdfast watch watches from here; orphans.watch = true in the configuration lets the server do it",
  },
  no_such_baseline: {
    status: 404,
    exit: 1,
    title: "There is no such baseline",
    hint: "There is no baseline {name}; holdfast doctor --record {name} writes one",
  },
  not_running: {
    status: 409,
    exit: 1,
    title: "The job does not run",
    hint: "Job {id} does not run, according to {from}; holdfast show {id} shows an ended job",
  },
  no_such_target: {
    status: 404,
    exit: 1,
    title: "The target does not exist",
    hint: "{what}",
  },
} as const satisfies Record<string, ProblemDefinition>;
