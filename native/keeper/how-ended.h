/* What ended a process, judged by when it was last seen alive and first seen gone. */
#ifndef HOLDFAST_HOW_ENDED_H
#define HOLDFAST_HOW_ENDED_H

#include "process-state.h"
#include "times.h"

/* Pure. ENDED_UNKNOWN where both before and after a signal are possible. */
enum how how_ended(const struct times *t, int first_signal, const struct ended_process *process);

#endif
