/* Where a process hangs that still lives after KILL: frozen, or asleep in the kernel. */
#ifndef HOLDFAST_STUCK_H
#define HOLDFAST_STUCK_H

#include "keeper.h"

/* Records this for each member that the last sample saw alive long after KILL was sent. */
void stuck_note(struct keeper *k);

#endif
