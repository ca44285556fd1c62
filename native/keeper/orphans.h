/*
 * What keepers leave behind that are killed. The spawner is a subreaper as well: with a keeper gone
 * every descendant of it, whatever it did with its session or environment, falls to the spawner.
 */
#ifndef HOLDFAST_ORPHANS_H
#define HOLDFAST_ORPHANS_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Sends KILL to every child of this process that lives and that `is_keeper` does not know. Returns
 * whether there was none: with all keepers that were killed reaped before, nothing of them lives.
 */
bool orphans_kill(bool (*is_keeper)(pid_t pid, const void *context), const void *context);

#endif
