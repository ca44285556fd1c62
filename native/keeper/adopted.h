/*
 * A foreign process, and what is below it, under this keeper's eyes.
 *
 * The keeper is not its parent, so the kernel vouches for nothing: a child that lost its parent
 * between two looks is missed. What is known is watched by identity, signalled through pidfds, and
 * nothing counts as ended while one of them lives.
 */
#ifndef HOLDFAST_ADOPTED_H
#define HOLDFAST_ADOPTED_H

#include "keeper.h"

/* Looks once more before it says no. */
bool adopted_lives(struct keeper *k);
/* Learns of new children while the attempt runs. */
void adopted_advance(struct keeper *k);
uint64_t adopted_next_us(const struct keeper *k);

#endif
