const sigkill = 9;

/** The processes that ended by a SIGKILL that the keeper did not send; its sender is not observed. */
export function unexplainedKills<Process extends { signal: number | null; how: string }>(
  processes: readonly Process[],
): Process[] {
  return processes.filter(({ signal, how }) => signal === sigkill && how !== "kill");
}
