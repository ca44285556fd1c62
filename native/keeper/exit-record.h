/* exit.json: what was observed. The keeper does not leave before it is durable. */
#ifndef HOLDFAST_EXIT_RECORD_H
#define HOLDFAST_EXIT_RECORD_H

#include "keeper.h"

/* Call once, when nothing lives: takes the figures, removes the groups, tries to write. */
void exit_record_make(struct keeper *k);
/* Retries when it is time. */
void exit_record_advance(struct keeper *k);
uint64_t exit_record_next_ms(const struct keeper *k);

#endif
