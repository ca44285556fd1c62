import type { ExitRecord } from "../contract/keeper.ts";

/** What a person is told about an end beyond its reason; null when the reason says it all. */
export function messageOf(exit: ExitRecord): string | null {
  const error = exit.exec_error;
  if (error !== null) {
    if (error.stage === "chdir")
      return `the working directory could not be entered (${error.name})`;
    if (error.stage === "exec" && error.name === "ENOENT") {
      return "the program was not found; check its spelling and the PATH that the job was given";
    }
    if (error.stage === "exec" && error.name === "EACCES")
      return "the program may not be executed; chmod +x makes it executable";
    if (error.stage === "exec" && error.name === "E2BIG")
      return "command and environment are longer than the kernel accepts";
    return `the program could not be started: ${error.stage} ${error.name}`;
  }
  if (exit.reason === "exited" && exit.leftovers > 0) {
    return `its main process left ${exit.leftovers} ${exit.leftovers === 1 ? "process" : "processes"} behind; they were stopped`;
  }
  return null;
}
