/*
 * The effect of a client's stop request after earlier ones: when KILL comes, on the monotonic clock. The
 * server passes on each request and decides nothing.
 */
#ifndef HOLDFAST_STOP_REQUEST_H
#define HOLDFAST_STOP_REQUEST_H

#include "keeper.h"

#define GRACE_OF_LAUNCH UINT64_MAX

struct stop_request {
    const char *reason;
    uint64_t grace_ms; /* GRACE_OF_LAUNCH for the one in the launch message */
    uint64_t number;   /* 0: none */
    bool prolong;
};

/* Why the request cannot postpone KILL; NULL: it can, or does not ask to. */
const char *stop_not_prolonged(const struct keeper *k, const struct stop_request *request);
/* Of two deadlines the earlier one counts, unless a person prolongs the stop before KILL. */
void stop_move_deadline(struct keeper *k, uint64_t grace_ms, bool prolong);
uint64_t stop_grace(const struct keeper *k, uint64_t grace_ms);

#endif
