/* The poll loop of a running keeper. */
#ifndef HOLDFAST_LOOP_H
#define HOLDFAST_LOOP_H

#include "keeper.h"

/* Returns when the exit record is durable and everything is reported. */
void loop_run(struct keeper *k);

#endif
