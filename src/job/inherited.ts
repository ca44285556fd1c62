/** Bytes that are not UTF-8 in base64: JSON has only text. */
export type EnvironmentValue = string | { base64: string };

/**
 * What a program gets from the process that starts it: the job gets it from its submitter, as if that
 * had started it in a shell. Null: as the server has it.
 */
export interface Inherited {
  /** Four octal digits. */
  umask: string;
  nice: number | null;
  /** Null: 500, so that the kernel ends a job before anything else. */
  oomScoreAdj: number | null;
  /** CPUs as a list (`0-3,8`). */
  cpus: string | null;
  /** Signals by number that the submitter ignored, such as SIGHUP under nohup. */
  ignoredSignals: number[];
  rlimits: Record<string, string>;
}

/** For a request that says nothing, and for jobs of older servers. */
export const inheritedByDefault: Inherited = {
  umask: "0022",
  nice: null,
  oomScoreAdj: null,
  cpus: null,
  ignoredSignals: [],
  rlimits: {},
};
