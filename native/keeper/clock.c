/* Reads the clocks. clock_gettime with these ids cannot fail. */
#include "clock.h"

#include <time.h>

static uint64_t read_us(clockid_t id)
{
    struct timespec now;

    clock_gettime(id, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t clock_us(void)
{
    return read_us(CLOCK_MONOTONIC) + 1;
}

uint64_t clock_ms(void)
{
    return clock_us() / 1000 + 1;
}

uint64_t clock_wall_ms(void)
{
    return read_us(CLOCK_REALTIME) / 1000;
}

uint64_t clock_used_us(void)
{
    return read_us(CLOCK_PROCESS_CPUTIME_ID);
}

uint64_t clock_earlier(uint64_t a, uint64_t b)
{
    if (a == 0)
        return b;
    if (b == 0)
        return a;
    return a < b ? a : b;
}
