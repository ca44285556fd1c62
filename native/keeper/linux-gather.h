/* Reads which processes are the attempt's: descendants, the cgroup, and what was adopted. */
#ifndef HOLDFAST_LINUX_GATHER_H
#define HOLDFAST_LINUX_GATHER_H

#include "keeper.h"

/*
 * Fills `fresh`, which is empty, sorted by pid. `last`: the list before, for what was adopted. At most
 * max_us of processor time for each of the three sources; false if that was not enough.
 */
bool gather(struct keeper *k, const struct members *last, uint64_t max_us, struct members *fresh);

#endif
