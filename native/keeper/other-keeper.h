/* Which attempt a process belongs to by its ancestors, whatever its environment says. */
#ifndef HOLDFAST_OTHER_KEEPER_H
#define HOLDFAST_OTHER_KEEPER_H

#include "keeper.h"

/* Whether the nearest keeper from `parent` upwards is another attempt's. */
bool is_below_other_keeper(pid_t parent, const char attempt[UUID_ROOM]);

#endif
