/*
 * Work that may block in the kernel for as long as a stranger likes, done by a child with a deadline.
 *
 * Reading another process's environment or mappings waits for its memory map's lock, and that may be
 * held by a thread that waits for a dead disk. The keeper must not wait with it.
 */
#ifndef HOLDFAST_ASIDE_H
#define HOLDFAST_ASIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Forks, lets the child fill `room` bytes, and copies them into `result`. False when it has not
 * finished within `patience_ms` (the child is then killed) or could not be started: `result` is
 * undefined. Blocks for `patience_ms` at most. Not for use while somebody else waits for children.
 */
bool aside_run(void (*work)(void *context, void *result), void *context, void *result, size_t room,
               uint64_t patience_ms);

#endif
