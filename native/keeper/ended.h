/* Reaping, and how each process ended. */
#ifndef HOLDFAST_ENDED_H
#define HOLDFAST_ENDED_H

#include "keeper.h"

#define ENDED_LISTED_MAX 1024

/*
 * Reaps and records ended processes, and sets k->reaping.no_child if the kernel returns ECHILD.
 * Bounded: k->reaping.again asks for another call, so that many exits at once do not starve clients.
 * Returns how many were reaped that no KILL of ours ended: such processes show that the tree still forks.
 */
unsigned ended_reap(struct keeper *k);
/* A member that is gone and was reaped by its own parent. */
void ended_unseen(struct keeper *k, const struct member *member);
/* Nothing lives: members that are left over in the last list were reaped by their parents. */
void ended_all(struct keeper *k);

#endif
