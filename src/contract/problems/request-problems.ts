import type { ProblemDefinition } from "./problem-definition.ts";

/** What is wrong with a request. */
export const requestProblems = {
  invalid_request: {
    status: 400,
    exit: 2,
    title: "The request is not valid",
    hint: "Correct {where}: {what}",
  },
  body_too_large: {
    status: 413,
    exit: 2,
    title: "The request is too large",
    hint: "A job's specification is limited to {limit}; put large inputs into a file",
  },
  command_too_long: {
    status: 400,
    exit: 2,
    title: "Command and environment are longer than the kernel accepts",
    hint: "They have {bytes} bytes, the limit is {limit} bytes; pass the arguments in a file",
  },
  no_such_job: {
    status: 404,
    exit: 1,
    title: "There is no such job",
    hint: "{selector} matches no job; holdfast ls --all lists the jobs",
  },
  no_such_engine: {
    status: 400,
    exit: 2,
    title: "There is no such engine",
    hint: "This server has no engine {engine}; name one of these, or none: {known}",
  },
  no_such_attempt: {
    status: 404,
    exit: 1,
    title: "The job has no such attempt",
    hint: "Job {id} has no attempt {attempt}; attempts so far: {count}. holdfast show {id} lists them",
  },
  no_such_route: {
    status: 404,
    exit: 1,
    title: "There is no such address",
    hint: "GET /openapi.json lists the addresses",
  },
  ambiguous_name: {
    status: 409,
    exit: 2,
    title: "Several jobs have that name",
    hint: "Use the number of one: {candidates}",
  },
  bad_selector: {
    status: 400,
    exit: 2,
    title: "The job selector is not valid",
    hint: "Use 42, 1,3,5-7, @ (the last), @~1 (the one before) or a name",
  },
} as const satisfies Record<string, ProblemDefinition>;
