/**
 * The life of a job: one table, state × event → next state.
 *
 * Everything that knows about states derives from it: the list of terminal
 * states, the CHECK in the database, the diagram in the docs and the exhaustive
 * test. A terminal state has no events, so it can never change.
 *
 * A terminal event is an observation: the code that raises it has seen that no process
 * of the attempt lives (or that none was ever started).
 */
export const transitions = {
  /** Waiting for resources, a dependency or a start time. The scheduler moves it on. */
  queued: { hold: "held", launch: "starting", cancelled: "cancelled", failed: "failed" },
  /** A person asked it to wait. A person moves it on. */
  held: { release: "queued", cancelled: "cancelled" },
  /** The intent to launch is durable; the keeper is being started or its payload is gated. The supervisor moves it on. */
  starting: {
    launched: "running",
    // The attempt is proven never to have executed (voided claim): it may be launched again.
    requeue: "queued",
    stop: "stopping",
    failed: "failed",
    lost: "lost",
  },
  /** The payload was executed and its identity recorded. The keeper's exit or a request to stop moves it on. */
  running: {
    pause: "paused",
    stop: "stopping",
    // The attempt has ended, nothing of it lives, and the job is to run again: the job has not ended.
    retry: "queued",
    succeeded: "succeeded",
    failed: "failed",
    lost: "lost",
  },
  /** Every process is frozen on request. A person moves it on. */
  paused: {
    resume: "running",
    stop: "stopping",
    retry: "queued",
    succeeded: "succeeded",
    failed: "failed",
    lost: "lost",
  },
  /** A stop is wanted, or the main process ended and something of it lives. The keeper, then the supervisor, moves it on. */
  stopping: {
    retry: "queued",
    succeeded: "succeeded",
    failed: "failed",
    cancelled: "cancelled",
    timed_out: "timed_out",
    lost: "lost",
  },
  /** The main process ended with 0 and nothing of the attempt lives. */
  succeeded: {},
  /** The main process ended with something else, or could not be executed; nothing lives. */
  failed: {},
  /** It was stopped on request, or never started; nothing lives. */
  cancelled: {},
  /** It was stopped at its time limit; nothing lives. */
  timed_out: {},
  /** The outcome is unknown (keeper killed, machine restarted), but nothing lives. */
  lost: {},
} as const satisfies Record<string, Record<string, string>>;

export type State = keyof typeof transitions;

type EventOf<S extends State> = keyof (typeof transitions)[S] & string;
export type StateEvent = { [S in State]: EventOf<S> }[State];

export const states = Object.keys(transitions) as State[];

export const stateEvents = [
  ...new Set(Object.values(transitions).flatMap((events) => Object.keys(events))),
] as StateEvent[];

/** The state after `event`, or null if the table does not allow it. */
export function next(state: State, event: StateEvent): State | null {
  const events: Partial<Record<StateEvent, State>> = transitions[state];
  return events[event] ?? null;
}

export function isTerminal(state: State): boolean {
  return Object.keys(transitions[state]).length === 0;
}

export const terminalStates = states.filter(isTerminal);
export const liveStates = states.filter((state) => !isTerminal(state));

/** States in which an attempt may have processes: a starting server must handle these. */
export const followedStates = [
  "starting",
  "running",
  "paused",
  "stopping",
] as const satisfies State[];
