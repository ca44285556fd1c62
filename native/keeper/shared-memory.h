/*
 * What the attempt left in /dev/shm.
 *
 * A file there outlives its maker and keeps its memory until somebody removes it. The keeper lists
 * what appeared during the attempt and belongs to its user, and removes a file only if all of this
 * holds: a library gave it a name that ends with its processes (multiprocessing, loky, torch, NCCL,
 * Open MPI), a process of the attempt made it (its pid is in the name) or was seen holding it, and
 * nobody living has it open or mapped.
 */
#ifndef HOLDFAST_SHARED_MEMORY_H
#define HOLDFAST_SHARED_MEMORY_H

#include "json-writer.h"
#include "keeper.h"

/* Before the first signal: which of the files a process of the attempt holds. One readdir where there is none. */
void shared_memory_look(struct keeper *k);
/* When nothing lives: lists, and removes what may be removed. */
void shared_memory_settle(struct keeper *k);
void shared_memory_write(const struct keeper *k, struct json *j);

#endif
