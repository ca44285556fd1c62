/** Only a failure takes this long: far above what a machine at load 100 needs. */
const longestWaitMs = 120_000;

/** For tests: turns of the event loop until the condition holds. Throws after two minutes. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAtMs = performance.now() + longestWaitMs;
  while (!(await condition())) {
    if (performance.now() > giveUpAtMs) throw new Error(`never became true: ${String(condition)}`);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
