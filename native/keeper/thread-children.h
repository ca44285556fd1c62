/* The children of one thread, as the kernel lists them. */
#ifndef HOLDFAST_THREAD_CHILDREN_H
#define HOLDFAST_THREAD_CHILDREN_H

#include <stdbool.h>
#include <sys/types.h>

/* Any thread of a process may have forked. False if the kernel does not list them. */
bool children_of_thread(pid_t pid, pid_t thread, bool (*found)(pid_t pid, void *context), void *context);

#endif
