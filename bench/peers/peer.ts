/** A runner of jobs that Holdfast is measured beside. */
export interface Peer {
  /** With its version. */
  name: string;
  env: NodeJS.ProcessEnv;
  /** The command that submits `job`. It prints what `cancel` takes. */
  submit: (job: readonly string[]) => readonly string[];
  cancel: (id: string) => readonly string[];
  /** Ends the runner's own processes. */
  close(): Promise<void>;
}

/** Opens a peer on a folder of its own, with room for this number of jobs at a time where it has such a limit. */
export interface PeerProgram {
  /** For the message where it is missing. */
  package: string;
  isInstalled(): boolean;
  /** `mark`: goes into the environment of every process that is started. */
  open(options: { folder: string; slots: number; mark: NodeJS.ProcessEnv }): Promise<Peer>;
}
