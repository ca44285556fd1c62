/*
 * What the attempt left in /dev/shm.
 *
 * A file there outlives its maker and keeps its memory until it is removed. The keeper examines files
 * that appeared during the attempt and belong to its user; other jobs' files may be among them. It lists
 * only files that are proven to belong to the attempt: a process of the attempt was seen holding the file,
 * or its pid is in the name and no other PID namespace has that number. Of these it removes the files that
 * a library named after something that ends with its processes (multiprocessing, loky, torch, NCCL,
 * Open MPI) and that no living process has open or mapped.
 */
#ifndef HOLDFAST_SHARED_MEMORY_H
#define HOLDFAST_SHARED_MEMORY_H

#include "json-writer.h"
#include "keeper.h"

/* Before the first signal: which of the files a process of the attempt holds. One readdir where there is none. */
void shared_memory_sample(struct keeper *k);
/* When nothing lives: lists the files, and removes those that may be removed. */
void shared_memory_settle(struct keeper *k);
void shared_memory_write(const struct keeper *k, struct json *j);

#endif
