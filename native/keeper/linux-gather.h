/* Reads which processes belong to the attempt: descendants, the cgroup, and adopted processes. */
#ifndef HOLDFAST_LINUX_GATHER_H
#define HOLDFAST_LINUX_GATHER_H

#include "keeper.h"

struct effort {
    uint64_t max_us; /* of processor time, for each of the three sources */
    bool group_first; /* do not read the children of the group's members: cheaper, and may miss some */
};

/*
 * Fills `fresh`, which is empty, sorted by pid. `last`: the list before, for what was adopted. False if
 * the time was not enough.
 */
bool gather(struct keeper *k, const struct members *last, struct effort effort, struct members *fresh);

#endif
