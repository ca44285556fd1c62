/*
 * A pid that a library wrote into a file's name is a number of its writer's PID namespace, which the file
 * does not name.
 */
#ifndef HOLDFAST_PID_NAMESPACES_H
#define HOLDFAST_PID_NAMESPACES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The machine's, from which every process can be seen. False where the kernel does not say. */
bool pid_namespace_is_first(void);

/*
 * Sets `ambiguous[i]` where `pids[i]` may be a process of another PID namespace as well: a visible
 * process has that number in its own namespace, or there may be namespaces that are not visible from here.
 */
void pid_namesakes(const pid_t *pids, bool *ambiguous, size_t count);

#endif
