/**
 * How long a test waits for something that nothing announces before it fails with what it saw.
 * Only a failure takes this long, so the bound is far above what a machine at load 100 needs.
 */
export const longestWaitMs = 120_000;
