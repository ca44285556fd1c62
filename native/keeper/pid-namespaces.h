/*
 * A pid that a library wrote into a file's name is a number of its writer's PID namespace, and the
 * file does not say which that was.
 */
#ifndef HOLDFAST_PID_NAMESPACES_H
#define HOLDFAST_PID_NAMESPACES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The machine's, from which every process can be seen. False where the kernel does not say. */
bool pid_namespace_is_first(void);

/*
 * Sets `ambiguous[i]` where `pids[i]` may be a process of another PID namespace as well: one that can
 * be seen has that number there, or there may be namespaces that cannot be seen from here.
 */
void pid_namesakes(const pid_t *pids, bool *ambiguous, size_t count);

#endif
