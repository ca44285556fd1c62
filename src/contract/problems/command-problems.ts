import type { ProblemDefinition } from "./problem-definition.ts";

/** What only the command line reports. */
export const commandProblems = {
  usage: { status: 400, exit: 2, title: "Usage error", hint: "{what}" },
  unreadable_file: {
    status: 400,
    exit: 2,
    title: "The file cannot be read",
    hint: "{path}: {what}",
  },
  bad_unit: { status: 400, exit: 2, title: "A duration or a size needs a unit", hint: "{what}" },
  change_unconfirmed: {
    status: 409,
    exit: 1,
    title: "The job has not changed yet",
    hint: "{what}",
  },
  death_unproven: {
    status: 409,
    exit: 1,
    title: "The end of the job is not proven yet",
    hint: "{what}",
  },
} as const satisfies Record<string, ProblemDefinition>;
