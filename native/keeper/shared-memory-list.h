/* Which files in /dev/shm appeared during the attempt and belong to its user. */
#ifndef HOLDFAST_SHARED_MEMORY_LIST_H
#define HOLDFAST_SHARED_MEMORY_LIST_H

#include "keeper.h"

#define SHARED_MEMORY_FOLDER "/dev/shm"

/* Brings the list up to date: new files are added, `there` says which are there now. */
void shared_memory_list(struct keeper *k);

#endif
