/* What the launcher reads from our standard output: one line per launch; a spawner writes `started` before it. */
#ifndef HOLDFAST_ANSWER_H
#define HOLDFAST_ANSWER_H

#include "keeper.h"
#include "orphans.h"

/* Does not wait: what the reader does not take yet is kept for answer_flush. */
void answer_ready(struct keeper *k);
void answer_flush(struct keeper *k);
/* These may wait: nothing that needs us runs. */
void answer_started(const char *attempt, pid_t pid);
void answer_void(const char *attempt);
void answer_failed(const char *attempt, const char *stage, int error);
void answer_died(const char *attempt, pid_t pid);
/* One line for each process that was ended, then that nothing lives; `keepers`: how many keepers they belonged to. */
void answer_cleared(const char *attempt, pid_t pid, const struct orphans *orphans, size_t keepers);
void answer_left(const char *attempt, pid_t pid);

#endif
