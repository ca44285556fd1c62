/**
 * A command's stderr without the lines that only a busy machine makes it write: what it has waited
 * for longer than a few seconds.
 */
export const withoutWaiting = (stderr: string): string =>
  stderr.replaceAll(/^waiting for .* so far \(Ctrl\+C gives up\)\n/gm, "");
