/* What a process hangs in that goes on living after KILL: frozen, or asleep in the kernel. */
#ifndef HOLDFAST_STUCK_H
#define HOLDFAST_STUCK_H

#include "keeper.h"

/* Notes it of each member that the last look saw alive long after KILL was sent. */
void stuck_note(struct keeper *k);

#endif
