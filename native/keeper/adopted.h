/*
 * Supervises a process that the keeper did not start, and its descendants.
 *
 * The keeper is not its parent, so the kernel guarantees nothing: a child that loses its parent
 * between two samples is missed. Known processes are watched by identity and signalled through
 * pidfds, and the attempt has not ended while one of them lives.
 */
#ifndef HOLDFAST_ADOPTED_H
#define HOLDFAST_ADOPTED_H

#include "keeper.h"

/* Samples once more before it returns false. */
bool adopted_lives(struct keeper *k);
/* Finds new children while the attempt runs. */
void adopted_advance(struct keeper *k);
uint64_t adopted_next_us(const struct keeper *k);

#endif
