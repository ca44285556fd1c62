/* Why an attempt ends of which the main process has ended before a stop was asked for. */
#ifndef HOLDFAST_REASON_H
#define HOLDFAST_REASON_H

#include "keeper.h"

/* What SIGTERM or SIGINT to the keeper itself means. */
#define REASON_OF_SIGNAL "shutdown"

/*
 * Whether the reason is known, and not to be waited for: then it is set. Call when the main process has
 * ended.
 */
bool reason_is_known(struct keeper *k);
/* The same without waiting, for another stop is asked for. */
void reason_decide(struct keeper *k);
/* Until when it is waited for, monotonic microseconds. */
uint64_t reason_next_us(const struct keeper *k);

#endif
