import type { State } from "../job/states.ts";

/** What a page of a list is asked for. */
export interface JobQuery {
  /** Empty: every state. */
  states: State[];
  tag: string | null;
  name: string | null;
  /** `42`, `1,3,5-7`, `@`, `@~1` or a name. Null: no restriction. */
  select: string | null;
  limit: number;
  /** Opaque, from an earlier page. */
  cursor: string | null;
}
