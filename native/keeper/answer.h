/* What whoever launched us gets on standard output: one line per launch, from a spawner `started` before it. */
#ifndef HOLDFAST_ANSWER_H
#define HOLDFAST_ANSWER_H

#include "keeper.h"
#include "orphans.h"

/* Does not wait: what a reader that sleeps does not take is kept for answer_flush. */
void answer_ready(struct keeper *k);
void answer_flush(struct keeper *k);
/* These may wait: nothing runs that needs us. */
void answer_started(const char *attempt, pid_t pid);
void answer_void(const char *attempt);
void answer_failed(const char *attempt, const char *stage, int error);
void answer_died(const char *attempt, pid_t pid);
/* What was ended, a line each, then that nothing lives; `keepers`: of how many keepers they were. */
void answer_cleared(const char *attempt, pid_t pid, const struct orphans *orphans, size_t keepers);
void answer_left(const char *attempt, pid_t pid);

#endif
