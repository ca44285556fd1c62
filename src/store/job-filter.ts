import type { State } from "../job/states.ts";

export interface JobFilter {
  states: readonly State[];
  tag: string | null;
  name: string | null;
  ids: readonly number[] | null;
  /** Only jobs with a smaller id. */
  before: number | null;
  /** Only jobs with this id or a larger one. Absent: every job. */
  from?: number;
  limit: number;
}
