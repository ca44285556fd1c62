import type { VerdictDefinition } from "./verdict-definition.ts";

/** About the server, its database, its jobs and what other programs left behind. */
export const holdfastVerdicts = {
  "server-down": {
    facet: "server",
    severity: "warning",
    threshold: 1,
    unit: "count",
    means: "no server runs; jobs continue, nothing new starts",
    needs: "no process answers on the socket, twice",
    not: "a server that recovers or starts up",
  },
  "server-hangs": {
    facet: "server",
    severity: "critical",
    threshold: 1,
    unit: "count",
    means: "the server runs and does not answer, or answers with an error",
    needs: "no answer within its time, or an error",
    not: "a server that was stopped",
  },
  "server-slow": {
    facet: "server",
    severity: "warning",
    threshold: "server_answer",
    unit: "ms",
    means: "the server is slow to answer",
    needs: "every answer took longer than server_answer",
    not: "one slow answer",
  },
  "server-warns": {
    facet: "server",
    severity: "warning",
    threshold: 0,
    unit: "count",
    means: "the server reports a warning",
    needs: "a warning in its health",
    not: "",
  },
  "store-damaged": {
    facet: "store",
    severity: "critical",
    threshold: 0,
    unit: "count",
    means:
      "the database is damaged, lacks acknowledged commits, or is missing or empty beside attempts or a journal",
    needs:
      "SQLite's own check fails, the journal has later commits, or attempts without a database",
    not: "a state folder that was never used",
  },
  "keeper-missing": {
    facet: "processes",
    severity: "critical",
    threshold: 1,
    unit: "count",
    means: "a job runs without its keeper: its limits are not enforced",
    needs: "the keeper's pid is gone at both ends while the job's process lives",
    not: "a job that ended between the samples",
  },
  "process-missing": {
    facet: "processes",
    severity: "critical",
    threshold: 1,
    unit: "count",
    means: "a job is reported as running and none of its processes lives",
    needs: "neither keeper nor process at both ends, and the job still running",
    not: "a job that ended between the samples",
  },
  "orphan-worker": {
    facet: "orphans",
    severity: "warning",
    threshold: 0,
    unit: "count",
    means: "processes were left behind",
    needs: "a suspect that is proven or likely, as holdfast orphans finds it",
    not: "weak suspects, and those that are waiting",
  },
} as const satisfies Record<string, VerdictDefinition>;
