/* What the launch message asks of the keeper. */
#ifndef HOLDFAST_RULES_H
#define HOLDFAST_RULES_H

#include <stdbool.h>
#include <stdint.h>

struct rules {
    uint64_t grace_ms;
    uint64_t limit_ms;
    uint64_t lease_ms;
    uint64_t output_quota_bytes;
    uint64_t memory_guard_bytes;
    int stop_signal;
    bool stop_main_only;  /* the others get KILL after the grace */
    bool stop_main_first; /* the others get the first signal when it has ended, or at half of the grace */
    bool wait_for_leftovers;
    bool stop_escaped;
};

#endif
