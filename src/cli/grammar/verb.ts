import type { Run } from "../context.ts";
import type { VerbDefinition } from "./definition.ts";

export interface Verb {
  name: string;
  alias?: string;
  /** One line, in the imperative. */
  summary: string;
  group: "jobs" | "inspect" | "steer" | "orphans" | "server" | "other";
  /**
   * The server's command host can run it: it needs a server, and of its own process only output, input,
   * signals and what the client sends.
   */
  hosted?: true;
  load: () => Promise<{ definition: VerbDefinition; run: Run }>;
}
