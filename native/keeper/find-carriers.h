/*
 * The search for processes with the attempt's cookie, in a child, because reading a process can block:
 * among those that are younger than the payload where their pids are known, else among all.
 */
#ifndef HOLDFAST_FIND_CARRIERS_H
#define HOLDFAST_FIND_CARRIERS_H

#include "cookie.h"
#include "keeper.h"

/* Blocks for two seconds at most. False: the machine could not be searched. */
bool carriers_ask(struct keeper *k, struct carriers *found);

#endif
