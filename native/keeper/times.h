/*
 * When things happened to the attempt. `_wall_ms` is UTC since 1970, `_us` and `_ms` instants of the
 * monotonic clock; 0: it has not happened.
 */
#ifndef HOLDFAST_TIMES_H
#define HOLDFAST_TIMES_H

#include <stdint.h>

#include "clock.h"

struct times {
    uint64_t claimed_wall_ms;
    uint64_t exec_wall_ms;
    uint64_t main_ended_wall_ms;
    uint64_t stop_wall_ms;
    uint64_t term_wall_ms;
    uint64_t kill_wall_ms;
    uint64_t empty_wall_ms;
    uint64_t exec_ms;
    uint64_t term_sent_us, kill_sent_us; /* each taken after an inspection and before the first process gets the signal */
    struct moment empty;
};

#endif
