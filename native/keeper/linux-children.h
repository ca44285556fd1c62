/* The children of the keeper and of the processes below it, as the kernel lists them. */
#ifndef HOLDFAST_LINUX_CHILDREN_H
#define HOLDFAST_LINUX_CHILDREN_H

#include "keeper.h"
#include "linux-process.h"

/*
 * Calls `found` with each unreaped child of the keeper as soon as it is read, until it returns false;
 * the list grows while it is read. May reap, but not between reading a pid and passing it on.
 */
void children_each(struct keeper *k, bool (*found)(pid_t pid, void *context), void *context);
/*
 * Reaps until little is left: that costs a tenth of reading a zombie in /proc, and each reaped zombie
 * shortens the list.
 */
void children_reap_flood(struct keeper *k);
/* Recorded when it is reaped, which is soon; many of them at once must not fill a list. */
bool children_own_zombie(const struct keeper *k, const struct process_stat *stat);

#endif
