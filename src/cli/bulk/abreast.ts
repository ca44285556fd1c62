/** The server commits concurrent requests in one transaction; more connections do not help. */
export const mostAtOnce = 16;

/**
 * Runs `act` for each item, at most `most` at a time, begun in order. After `signal` is aborted no
 * more items are begun; the running ones are awaited. Resolves with the items that were not begun.
 */
export async function abreast<Item>(
  items: readonly Item[],
  most: number,
  signal: AbortSignal,
  act: (item: Item, index: number) => Promise<void>,
): Promise<readonly Item[]> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length && !signal.aborted) {
      const index = next;
      next += 1;
      await act(items[index] as Item, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, lane));
  return items.slice(next);
}
