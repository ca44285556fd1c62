/*
 * The members of the attempt: every descendant of the keeper, and every process in its cgroup.
 *
 * Reading /proc is not atomic: a process whose parent ends during the read can be missed. So a list is
 * for signals and for display; only the kernel proves emptiness (ECHILD, populated 0).
 */
#ifndef HOLDFAST_LINUX_MEMBERS_H
#define HOLDFAST_LINUX_MEMBERS_H

#include "keeper.h"

/*
 * Renews k->members. A process of the last list that is gone, though the keeper did not reap it, was
 * reaped by its own parent and is recorded as ended.
 */
void members_sample(struct keeper *k);
/*
 * The same in a few milliseconds, and in a group without the processes that have left it. It finds the
 * processes to be killed that their own parents may reap. All others become the keeper's to reap.
 */
void members_sample_before_kill(struct keeper *k);

#endif
