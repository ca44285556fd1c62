/**
 * Waits for all parts. When one fails, `over` is aborted with its error, which is thrown once the
 * others have ended too.
 */
export async function together(
  over: AbortController,
  parts: readonly Promise<unknown>[],
): Promise<void> {
  const ended = parts.map(async (part) => {
    try {
      await part;
    } catch (error) {
      over.abort(error);
    }
  });
  await Promise.all(ended);
  over.signal.throwIfAborted();
}
