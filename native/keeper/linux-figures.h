/* The kernel's counts for the attempt's groups. Read them before the groups are removed. */
#ifndef HOLDFAST_LINUX_FIGURES_H
#define HOLDFAST_LINUX_FIGURES_H

#include "keeper.h"

/* A number that the kernel may not provide. */
struct figure {
    bool known;
    uint64_t value;
};

/* Time that some, or all, processes spent waiting for a resource. */
struct stalled {
    struct figure some_us;
    struct figure full_us;
};

struct figures {
    struct figure cpu_user_us, cpu_system_us;
    struct figure cpu_throttled_us, cpu_throttled_periods;
    struct figure memory_peak_bytes, oom_kills, pids_peak;
    struct stalled cpu, memory, io;
};

void figures_read(const struct keeper *k, struct figures *f);

#endif
