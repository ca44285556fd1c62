/* Which files in /dev/shm appeared during the attempt and belong to its user. */
#ifndef HOLDFAST_SHARED_MEMORY_LIST_H
#define HOLDFAST_SHARED_MEMORY_LIST_H

#include "keeper.h"

#define SHARED_MEMORY_FOLDER "/dev/shm"

/* Updates the list: adds new files and sets `there` of those that exist now. */
void shared_memory_list(struct keeper *k);

#endif
