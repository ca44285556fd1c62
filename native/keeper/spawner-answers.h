/* What a spawner reports of its keepers, beside the answers to launches. These may wait for the reader. */
#ifndef HOLDFAST_SPAWNER_ANSWERS_H
#define HOLDFAST_SPAWNER_ANSWERS_H

#include <stddef.h>
#include <sys/types.h>

#include "orphans.h"

void answer_started(const char *attempt, pid_t pid);
void answer_died(const char *attempt, pid_t pid);
/* One line for each process that was ended, then that nothing lives; `keepers`: how many keepers they belonged to. */
void answer_cleared(const char *attempt, pid_t pid, const struct orphans *orphans, size_t keepers);
void answer_left(const char *attempt, pid_t pid);

#endif
