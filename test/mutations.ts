/** The tests that have to notice a mutation. */
export type Check =
  /** Files for vitest, and if given a part of the tests' titles. */
  | { kind: "unit" | "e2e"; tests: readonly string[]; named?: string }
  /** Modules, classes or cases of native/keeper/test. */
  | { kind: "keeper"; tests: readonly string[] };

/** One way to break the core: a piece of text that occurs once in its file, and what takes its place. */
export interface Mutation {
  name: string;
  file: string;
  from: string;
  to: string;
  caughtBy: Check;
}

const unit = (...tests: string[]): Check => ({ kind: "unit", tests });
const keeper = (...tests: string[]): Check => ({ kind: "keeper", tests });

/** Each breaks a promise: a state, an identity, an owner, a record. `npm run mutate` tries them all. */
export const mutations: readonly Mutation[] = [
  {
    name: "a terminal state can change",
    file: "src/job/states.ts",
    from: "  failed: {},",
    to: '  failed: { succeeded: "succeeded" },',
    caughtBy: unit("src/job/states.test.ts"),
  },
  {
    name: "a lost race for a state goes unnoticed",
    file: "src/store/jobs.ts",
    from: "    if (written !== 1) {",
    to: "    if (written < 0) {",
    caughtBy: unit("src/store/store.test.ts"),
  },
  {
    name: "one failing commit takes the others of its group with it",
    file: "src/store/group-commit.ts",
    from: "            answers.push(() => reject(error));",
    to: "            throw error;",
    caughtBy: unit("src/store/store.test.ts"),
  },
  {
    name: "a GPU in use is assigned again",
    file: "src/supervisor/offers.ts",
    from: "gpuUuids.filter((uuid) => !busy.has(uuid))",
    to: "gpuUuids.slice()",
    caughtBy: unit("src/supervisor/offers.test.ts"),
  },
  {
    name: "a withheld GPU is assigned",
    file: "src/supervisor/offers.ts",
    from: "notBusy.filter((uuid) => !withheld.has(uuid))",
    to: "notBusy.slice()",
    caughtBy: unit("src/supervisor/offers.test.ts"),
  },
  {
    name: "a launched job takes no slot",
    file: "src/scheduler/decide.ts",
    from: "      free = less(free, demand);",
    to: "",
    caughtBy: unit("src/scheduler/decide.test.ts"),
  },
  {
    name: "a job overtakes one that waits for GPUs",
    file: "src/scheduler/decide.ts",
    from: "      exhausted.add(lacking);",
    to: "",
    caughtBy: unit("src/scheduler/decide.test.ts"),
  },
  {
    name: "a job that is held keeps those behind it waiting",
    file: "src/supervisor/dispatcher.ts",
    from: `state === "queued" || state === "held" || isTerminal(state)`,
    to: `state === "queued" || isTerminal(state)`,
    caughtBy: unit("src/supervisor/dispatcher.test.ts"),
  },
  {
    name: "a job that waits for its retry is a candidate",
    file: "src/store/queue.ts",
    from: "AND NOT (${waits})",
    to: "AND (TRUE OR ${waits})",
    caughtBy: unit("src/store/queue.test.ts"),
  },
  {
    name: "a job with a gate that is shut is launched",
    file: "src/supervisor/candidates.ts",
    from: "if (row !== undefined && this.#gate(row) === null) return row;",
    to: "if (row !== undefined) return row;",
    caughtBy: unit("src/supervisor/dispatcher.test.ts", "src/supervisor/candidates.test.ts"),
  },
  {
    name: "an exit record is believed while its keeper lives",
    file: "src/supervisor/recovery.ts",
    from: `  if (keeperAlive) return { action: "adopt" };`,
    to: `  if (keeperAlive && exit === null) return { action: "adopt" };`,
    caughtBy: unit("src/supervisor/recovery.test.ts"),
  },
  {
    name: "an attempt that may have executed is launched again",
    file: "src/supervisor/recovery.ts",
    from: "const untouched = !claimedBefore && folder && exit === null;",
    to: "const untouched = folder && exit === null;",
    caughtBy: unit("src/supervisor/recovery.test.ts"),
  },
  {
    name: "a record of another boot is swept",
    file: "src/supervisor/recovery.ts",
    from: `  if (visible) return { action: "sweep"`,
    to: `  if (visible || claimedBefore) return { action: "sweep"`,
    caughtBy: unit("src/supervisor/recovery.test.ts"),
  },
  {
    name: "any seal is believed",
    file: "src/containment/seal.ts",
    from: "return seal !== undefined && sealHashOf(seal) === sealHash;",
    to: 'return seal !== undefined && sealHash !== "";',
    caughtBy: unit("src/containment/seal.test.ts"),
  },
  {
    name: "GPU memory that the job's own process holds counts as free",
    file: "src/gpu/release.ts",
    from: "  if (held !== null) return held;",
    to: "",
    caughtBy: unit("src/gpu/release.test.ts"),
  },
  {
    name: "a process of a running job is an orphan",
    file: "src/orphans/innocent.ts",
    from: "  if (tie !== null && !tie.ended) return",
    to: "  if (tie !== null && tie.ended) return",
    caughtBy: unit("src/orphans/classify.test.ts", "src/orphans/match.test.ts"),
  },
  {
    name: "ending a whole family ends the process that asks",
    file: "src/orphans/kill-all/spared.ts",
    from: "  if (askers.has(pid)) return",
    to: "  if (!askers.has(pid) && pid === 0) return",
    caughtBy: unit("src/orphans/kill-all/family.test.ts"),
  },
  {
    name: "ending a whole family ends processes of jobs without being asked to",
    file: "src/orphans/kill-all/spared.ts",
    from: "  if (job !== null) return jobs ? null",
    to: "  if (job !== null) return job !== null ? null",
    caughtBy: unit("src/orphans/kill-all/family.test.ts"),
  },
  {
    name: "one ended row of several means that another system's job has ended",
    file: "src/orphans/status/ask-database.ts",
    from: ' && found.get(id) !== "running"',
    to: "",
    caughtBy: unit("src/orphans/status/ask-database.test.ts"),
  },
  {
    name: "a signal goes to whichever process has the pid now",
    file: "native/keeper/identity-commands.c",
    from: "if (there && (stat.start != id->start || (id->inode != 0 && inode != 0 && inode != id->inode)))",
    to: "if (there && stat.start == 0)",
    caughtBy: keeper("test_identity.Signals"),
  },
  {
    name: "a signal goes to a process of another boot",
    file: "native/keeper/identity-commands.c",
    from: "return !boot_id_read(ours) || strcmp(ours, boot) != 0;",
    to: "return !boot_id_read(ours) || strlen(boot) == 0;",
    caughtBy: keeper("test_identity.Signals"),
  },
  {
    name: "a second claim replaces the first",
    file: "native/keeper/claim.c",
    from: "CLAIM_NAME, PLACE_FIRST,",
    to: "CLAIM_NAME, PLACE_REPLACE,",
    caughtBy: keeper("test_gate.TheClaim"),
  },
  {
    name: "any nonce commands a keeper",
    file: "native/keeper/commands.c",
    from: "    return difference == 0;",
    to: "    return difference < 256;",
    caughtBy: keeper("test_client"),
  },
  {
    name: "any user commands a keeper",
    file: "native/keeper/socket.c",
    from: "(peer.uid == geteuid() || peer.uid == 0);",
    to: "peer.pid != 0;",
    caughtBy: keeper("test_client"),
  },
  {
    name: "an attempt ends while a child of the keeper lives",
    file: "native/keeper/kill-rounds.c",
    from: "return (k->no_child || k->held_zombies > 0)",
    to: "return (k->no_child || k->held_zombies > 0 || k->phase == PHASE_VERIFYING)",
    caughtBy: keeper("test_stop"),
  },
  {
    name: "the last reason wins",
    file: "native/keeper/stop.c",
    from: `    if (k->reason[0] == '\\0')
        strncpy(k->reason, reason, REASON_ROOM - 1);`,
    to: "    strncpy(k->reason, reason, REASON_ROOM - 1);",
    caughtBy: keeper("test_stop"),
  },
  {
    name: "with scope main every process gets the first signal",
    file: "native/keeper/stop.c",
    from: "bool main_only = (k->rules.stop_main_only || k->rules.stop_main_first) && k->main.alive;",
    to: "bool main_only = (k->rules.stop_main_only || k->rules.stop_main_first) && !k->main.alive;",
    caughtBy: keeper("test_stop.TerminateInCgroup", "test_stop.TerminateWithoutCgroup"),
  },
  {
    name: "a launch under way holds nothing",
    file: "src/supervisor/dispatcher.ts",
    from: "    allocations.reserve(allocation);",
    to: "",
    caughtBy: unit("src/supervisor/dispatcher.test.ts"),
  },
  {
    name: "a postponed job is tried again at once",
    file: "src/supervisor/postponements.ts",
    from: "this.#jobs.set(job, { waiting, untilMs: nowMs + jobMs });",
    to: "this.#jobs.set(job, { waiting, untilMs: nowMs });",
    caughtBy: unit("src/supervisor/dispatcher.test.ts"),
  },
  {
    name: "a postponed job that was held and released waits on",
    file: "src/supervisor/postponements.ts",
    from: "    this.#jobs.delete(job);\n  }\n\n  /** Why a job",
    to: "  }\n\n  /** Why a job",
    caughtBy: unit("src/supervisor/dispatcher.test.ts"),
  },
  {
    name: "what an attempt held is never freed",
    file: "src/store/attempts.ts",
    from: `    this.#db.run("DELETE FROM allocations WHERE attempt = ?", id);\n`,
    to: "",
    caughtBy: unit("src/store/allocations.test.ts"),
  },
  {
    name: "a GPU is given to two attempts of the store",
    file: "src/store/allocations.ts",
    from: "      if (holder !== undefined)\n",
    to: `      if (holder?.["attempt"] === "")\n`,
    caughtBy: unit("src/store/allocations.test.ts"),
  },
  {
    name: "what an attempt holds is freed when its stop is requested",
    file: "src/store/jobs.ts",
    from: "    const by = client === null ? {} : { client };",
    to: `    this.#db.run("DELETE FROM allocations WHERE job = ?", id);
    const by = client === null ? {} : { client };`,
    caughtBy: unit("src/supervisor/dispatcher.test.ts"),
  },
  {
    name: "a stop request with a longer grace is kept from the keeper",
    file: "src/supervisor/cancel.ts",
    from: "    if (request === null || attendance?.stop(request) !== true)",
    to: `    if (request === null || (request.number !== 1 && request.graceMs !== 0))
      return accept(viewOf(context, job));
    if (attendance?.stop(request) !== true)`,
    caughtBy: unit("src/supervisor/supervise.test.ts"),
  },
  {
    name: "a stop request without a grace prolongs",
    file: "src/supervisor/cancel.ts",
    from: "prolong: graceMs !== null && !kill,",
    to: "prolong: !kill,",
    caughtBy: unit("src/supervisor/supervise.test.ts"),
  },
  {
    name: "a job is stopped that has left the state for which it was selected",
    file: "src/supervisor/cancel.ts",
    from: "if (onlyIn === null || onlyIn.includes(state)) return null;",
    to: "if (onlyIn === null || state !== undefined) return null;",
    caughtBy: unit("src/supervisor/supervise.test.ts"),
  },
  {
    name: "stop requests that were heard are passed on again after a restart",
    file: "src/job/stop-request.ts",
    from: "requests.filter(({ number }) => number > heard)",
    to: "requests.map((request) => ({ ...request, number: request.number + heard }))",
    caughtBy: unit("src/supervisor/supervise.test.ts"),
  },
  {
    name: "a keeper carries out a stop request twice",
    file: "native/keeper/stop-request.c",
    from: "    if (request->number != 0 && request->number <= k->stop.heard)\n        return;",
    to: "",
    caughtBy: keeper("test_stop_requests"),
  },
  {
    name: "every later stop request moves KILL",
    file: "native/keeper/stop-request.c",
    from: "!(prolong && may_be_prolonged(k))",
    to: "!may_be_prolonged(k)",
    caughtBy: keeper("test_stop_requests"),
  },
  {
    name: "the grace is counted from the request",
    file: "native/keeper/stop.c",
    from: "    k->stop.kill_at_ms = k->stop.begun_ms + k->stop.grace_ms;",
    to: "",
    caughtBy: keeper("test_stop_requests"),
  },
  {
    name: "values of the environment are stored with the specification",
    file: "src/store/jobs.ts",
    from: "const stored: StoredSpec = { ...rest, envNames",
    to: "const stored: StoredSpec = { ...rest, ...{ env }, envNames",
    caughtBy: unit("src/store/store.test.ts"),
  },
  {
    name: "one idempotency key makes two jobs",
    file: "src/store/submissions.ts",
    from: "    if (row === undefined) return null;",
    to: `    if (row?.["job"] !== 0) return null;`,
    caughtBy: unit("src/supervisor/supervise.test.ts"),
  },
  {
    name: "a damaged specification is launched",
    file: "src/supervisor/launch.ts",
    from: "    if (damage.length > 0) {",
    to: "    if (damage.length < 0) {",
    caughtBy: unit("src/supervisor/damage.test.ts"),
  },
  {
    name: "writing beside a damaged value makes it sound",
    file: "src/store/sums.ts",
    from: "stays ? stored : sumOf(",
    to: "stays ? sumOf(seed, column, value) : sumOf(",
    caughtBy: unit("src/store/sums.test.ts"),
  },
  {
    name: "a folder of another user counts as one's own",
    file: "src/config/ownership.ts",
    from: "return uid === ownUid() || uid === 0;",
    to: "return uid === ownUid() || uid >= 0;",
    caughtBy: unit("src/config/own-folder.test.ts"),
  },
  {
    name: "a payload outlives its keeper",
    file: "native/keeper/payload.c",
    from: "    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);\n",
    to: "",
    caughtBy: keeper("test_payload.Surroundings"),
  },
  {
    name: "an unknown key of a launch message is ignored",
    file: "native/keeper/launch-message.c",
    from: "    int error = take_all(m, wrong_key);\n    if (error != 0)",
    to: "    int error = take_all(m, wrong_key);\n    if (error != 0 && error != EINVAL)",
    caughtBy: keeper("test_gate.TheMessage"),
  },
  {
    name: "an end is dated to when it was written",
    file: "native/keeper/ended.c",
    from: "        .gone = k->times.empty.us != 0 ? k->times.empty : clock_moment(),",
    to: "        .gone = clock_moment(),",
    caughtBy: keeper("test_ended"),
  },
  {
    name: "a list is complete although the tree forked while it was inspected",
    file: "native/keeper/ended.c",
    from: "    if (member == NULL && !is_main && was_missed(&k->times, &process))",
    to: "    if (member == NULL && is_main && was_missed(&k->times, &process))",
    caughtBy: keeper("test_ended"),
  },
  {
    name: "a process that was alive after KILL counts as ended by SIGTERM",
    file: "native/keeper/how-ended.c",
    from: "process->signal == SIGKILL || process->alive.us > t->kill_sent_us",
    to: "process->signal == SIGKILL",
    caughtBy: { kind: "e2e", tests: ["test/containment/stubborn.test.ts"], named: "case 7" },
  },
  {
    name: "an exit record bears no seal",
    file: "native/keeper/exit-record-text.c",
    from: "    if (k->seal[0] != '\\0')",
    to: "    if (k->seal[0] == 1)",
    caughtBy: keeper("test_records.Seal"),
  },
];
