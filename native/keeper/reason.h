/* The reason of an attempt whose main process ended before a stop was requested. */
#ifndef HOLDFAST_REASON_H
#define HOLDFAST_REASON_H

#include "keeper.h"

/* The reason for SIGTERM or SIGINT to the keeper itself. */
#define REASON_OF_SIGNAL "shutdown"

/*
 * Whether the reason is known without further waiting; if so, sets it. Call when the main process has ended.
 */
bool reason_is_known(struct keeper *k);
/* The same without waiting, because another stop is requested. */
void reason_decide(struct keeper *k);
/* Until when the reason may wait, in monotonic microseconds. */
uint64_t reason_next_us(const struct keeper *k);

#endif
