/*
 * The stop procedure: running → terminating → killing → verifying → recording → ended.
 *
 * It ends only when the kernel reports that nothing lives. The first reason stays; of several requests
 * the earliest KILL counts, unless a person prolongs the stop.
 */
#ifndef HOLDFAST_STOP_H
#define HOLDFAST_STOP_H

#include "keeper.h"
#include "stop-request.h"

/* Does nothing for a number that was heard already. */
void stop_ask(struct keeper *k, const struct stop_request *request);
/* Not a client's. grace_ms: GRACE_OF_LAUNCH for the one in the launch message. */
void stop_begin(struct keeper *k, const char *reason, uint64_t grace_ms);
/* The keeper itself got SIGTERM or SIGINT. */
void stop_by_signal(struct keeper *k);
/* Goes as far as the present state of the processes and the clock allow. */
void stop_advance(struct keeper *k);
/* When to be called again, 0: when something happens. Monotonic microseconds. */
uint64_t stop_next_us(const struct keeper *k);
/* The instant of the time limit in monotonic ms, 0: none (or paused). */
uint64_t stop_limit_at_ms(const struct keeper *k);

#endif
