/* The polled memory limit, for machines where no memory controller is delegated. */
#ifndef HOLDFAST_MEMORY_GUARD_H
#define HOLDFAST_MEMORY_GUARD_H

#include "keeper.h"

/* True when the members together hold more than the guard allows. Samples at most once a second. */
bool memory_guard_exceeded(struct keeper *k);
uint64_t memory_guard_next_ms(const struct keeper *k);

#endif
