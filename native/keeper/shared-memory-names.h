/*
 * Names that libraries give to their files in /dev/shm, and whose pid is in them: multiprocessing,
 * loky, torch, NCCL, Open MPI, joblib.
 */
#ifndef HOLDFAST_SHARED_MEMORY_NAMES_H
#define HOLDFAST_SHARED_MEMORY_NAMES_H

#include "keeper.h"

bool shared_name_is_known(const char *file);
/* Sets `maker` of the files that are there: a process of the attempt whose pid is in the name; 0: none. */
void shared_makers_find(struct keeper *k);

#endif
