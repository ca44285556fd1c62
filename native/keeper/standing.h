/* Whether a process stands still: stopped or frozen by a signal, with all its threads. */
#ifndef HOLDFAST_STANDING_H
#define HOLDFAST_STANDING_H

#include <stdbool.h>
#include <sys/types.h>

/* `state` as just read from its stat. */
bool process_stands_still(pid_t pid, char state);

#endif
