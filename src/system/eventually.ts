/** For tests: turns of the event loop until the condition holds. Throws after many. */
export async function eventually(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 100_000; turn += 1) {
    if (condition()) return;
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  throw new Error(`never became true: ${condition.toString()}`);
}
