/* Reads the clocks. clock_gettime with these ids cannot fail. */
#include "clock.h"

#include <time.h>
#include <unistd.h>

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

struct moment clock_moment(void)
{
    return (struct moment){ .us = clock_us(), .wall_ms = clock_wall_ms() };
}

struct moment clock_moment_of_start(uint64_t ticks)
{
    uint64_t started_us = ticks * (1000000 / (uint64_t)sysconf(_SC_CLK_TCK));
    uint64_t booted_us = read_us(CLOCK_BOOTTIME);
    uint64_t age_us = booted_us > started_us ? booted_us - started_us : 0;
    struct moment now = clock_moment();

    return (struct moment){
        .us = now.us > age_us ? now.us - age_us : 1,
        .wall_ms = now.wall_ms - (age_us + 999) / 1000,
    };
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
