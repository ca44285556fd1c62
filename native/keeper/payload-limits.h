/*
 * Limits of the payload that need no cgroup: rlimits, CPU affinity, nice, OOM score.
 *
 * The keeper applies them to the gated payload, so they never apply to the keeper. A limit that the machine
 * refuses does not prevent the run; it is noted in `unapplied`. If an rlimit is higher than the keeper may
 * set, the payload gets the highest value that the keeper may set.
 */
#ifndef HOLDFAST_PAYLOAD_LIMITS_H
#define HOLDFAST_PAYLOAD_LIMITS_H

#include "keeper.h"

struct launch_message;

void payload_limits_apply(struct keeper *k, const struct launch_message *m);

#endif
