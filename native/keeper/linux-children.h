/* The children of the keeper and of the processes below it, as the kernel lists them. */
#ifndef HOLDFAST_LINUX_CHILDREN_H
#define HOLDFAST_LINUX_CHILDREN_H

#include "keeper.h"
#include "linux-process.h"

/*
 * Calls `found` with each unreaped child of the keeper as soon as it is met, until it returns false;
 * the list grows while it is read. May reap, but not between reading a pid and handing it out.
 */
void children_each(struct keeper *k, bool (*found)(pid_t pid, void *context), void *context);
/*
 * The children of one thread; any thread of a process may have forked. False if the kernel does not
 * list them.
 */
bool children_of_thread(pid_t pid, pid_t thread, bool (*found)(pid_t pid, void *context), void *context);
/*
 * Reaps until little is left: it costs a tenth of a look at a zombie in /proc, and each one reaped is
 * one less to meet.
 */
void children_reap_flood(struct keeper *k);
/* Recorded when it is reaped, which is soon; a flood of them is not to fill a list. */
bool children_own_zombie(const struct keeper *k, const struct process_stat *stat);

#endif
