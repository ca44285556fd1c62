/* See adopted.h. Nothing announces the end of a process that is not our child, so a timer samples them. */
#include "adopted.h"

#include "clock.h"
#include "linux-members.h"
#include "linux-process.h"

/* A process forked and orphaned between two samples is missed; a sample takes about a millisecond. */
#define SAMPLE_EVERY_US 500000
#define WHILE_STOPPING_US 50000

static bool one_lives(const struct keeper *k)
{
    for (size_t i = 0; i < k->members.count; i++) {
        const struct member *member = &k->members.list[i];
        struct process_stat stat;
        if (member->adopted && !member->reaped && process_stat_read(member->id.pid, &stat) &&
            stat.start == member->id.start && !process_is_over(&stat))
            return true;
    }
    return false;
}

bool adopted_lives(struct keeper *k)
{
    if (!k->adopted.wanted)
        return false;
    if (one_lives(k))
        return true;
    members_sample(k);
    return one_lives(k);
}

void adopted_advance(struct keeper *k)
{
    if (!k->adopted.wanted || k->phase != PHASE_RUNNING || clock_us() < k->adopted.next_sample_us)
        return;
    members_sample(k);
    k->adopted.next_sample_us = clock_us() + SAMPLE_EVERY_US;
}

uint64_t adopted_next_us(const struct keeper *k)
{
    if (!k->adopted.wanted)
        return 0;
    if (k->phase == PHASE_RUNNING)
        return k->adopted.next_sample_us == 0 ? 1 : k->adopted.next_sample_us;
    return k->phase == PHASE_TERMINATING ? clock_us() + WHILE_STOPPING_US : 0;
}
