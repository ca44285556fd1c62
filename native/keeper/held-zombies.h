/* What has ended and cannot be reaped, because a debugger outside the job holds it. */
#ifndef HOLDFAST_HELD_ZOMBIES_H
#define HOLDFAST_HELD_ZOMBIES_H

#include "keeper.h"

/*
 * How many children the keeper has if every one of them is a zombie that another process traces and
 * has not waited for. 0: somebody may live. To be asked when the kernel had nothing to reap.
 */
uint64_t held_zombies(const struct keeper *k);

#endif
