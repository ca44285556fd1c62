/**
 * Header of a request that the command host sends for a client: pid and start time (clock ticks since boot) of
 * the client. The server uses it only if the kernel says that its own command host sent the request.
 */
export const onBehalfOf = "holdfast-on-behalf-of";
