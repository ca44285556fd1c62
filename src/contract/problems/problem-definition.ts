/** How an error is answered and described. */
export interface ProblemDefinition {
  /** Of HTTP. */
  status: number;
  /** The exit code of the command line. */
  exit: number;
  /** What is wrong, without parameters. */
  title: string;
  /** Why, and what to do next; `{name}` is filled from the refusal's parameters. */
  hint: string;
}
