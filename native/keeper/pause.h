/* Freezes every process of the attempt, and continues it. */
#ifndef HOLDFAST_PAUSE_H
#define HOLDFAST_PAUSE_H

#include "keeper.h"

/* False when the attempt is not running (or its stop has begun). */
bool pause_begin(struct keeper *k);
/* No effect when not paused. */
void pause_end(struct keeper *k, enum pause_end end);
/* Ends the pause's clock as pause_end does, but leaves the processes frozen: they are about to be killed, or have ended. */
void pause_forget(struct keeper *k, enum pause_end end, struct moment at);
/* Checks whether all are frozen by now, and repeats SIGSTOP where there is no cgroup freezer. */
void pause_advance(struct keeper *k);
/* Sends one SIGSTOP to every member that runs. Returns whether none ran. */
bool pause_round(struct keeper *k);
uint64_t pause_next_us(const struct keeper *k);

#endif
