/**
 * Header of a request that the command host sends for a client: pid and start time (clock ticks since boot) of
 * the client. The server uses it only if the kernel says that a command host sent the request: its own, or one on record that
 * an earlier server of the same folder started.
 */
export const onBehalfOf = "holdfast-on-behalf-of";
