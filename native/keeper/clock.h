/* The two clocks. Durations use the monotonic clock, records the wall clock. */
#ifndef HOLDFAST_CLOCK_H
#define HOLDFAST_CLOCK_H

#include <stdint.h>

/* When something was observed, on both clocks; us 0: never. */
struct moment {
    uint64_t us;
    uint64_t wall_ms;
};

/* Never 0, so that 0 can mean "has not happened". */
uint64_t clock_us(void);
uint64_t clock_ms(void);
uint64_t clock_wall_ms(void);
struct moment clock_moment(void);
/*
 * Processor time that this process has used, for budgets of work: a keeper that a job starves of
 * processor time must not give up early because the wall clock advanced.
 */
uint64_t clock_used_us(void);

/*
 * A start time of /proc (ticks since boot) on both clocks, rounded down. The monotonic clock stood
 * still while the machine slept: a start before that comes out earlier than it was.
 */
struct moment clock_moment_of_start(uint64_t ticks);

/* The earlier of two instants, of which 0 is "never". */
uint64_t clock_earlier(uint64_t a, uint64_t b);

#endif
