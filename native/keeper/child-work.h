/*
 * Work that another process can block in the kernel without limit, done by a child with a deadline.
 *
 * Reading another process's environment or mappings waits for the lock of its memory map. A thread that
 * waits for an unresponsive disk may hold that lock. The keeper must not wait with it.
 */
#ifndef HOLDFAST_CHILD_WORK_H
#define HOLDFAST_CHILD_WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Forks, lets the child fill `room` bytes, and copies them into `result`. False when it has not
 * finished within `timeout_ms` (the child is then killed) or could not be started: `result` is
 * undefined. Blocks for `timeout_ms` at most. Do not use while other code waits for children.
 */
bool child_work_run(void (*work)(void *context, void *result), void *context, void *result, size_t room,
               uint64_t timeout_ms);

#endif
