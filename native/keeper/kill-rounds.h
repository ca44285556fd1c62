/* KILL, in rounds, until the kernel reports that nothing lives. */
#ifndef HOLDFAST_KILL_ROUNDS_H
#define HOLDFAST_KILL_ROUNDS_H

#include "keeper.h"

/* The proof: no child is left, the group is empty, and no adopted process lives. */
bool nothing_lives(struct keeper *k);
void kill_round(struct keeper *k);
/*
 * After the first round: checks its result, and runs another when it is due. on_their_own: how many were
 * reaped that no KILL ended; progress: a process has ended since the last call.
 */
void kill_verify(struct keeper *k, unsigned on_their_own, bool progress);

#endif
