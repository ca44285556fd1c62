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
void members_look(struct keeper *k);
/*
 * The same in a few milliseconds, and in a group without the processes that have left it. It finds the
 * processes to be killed that their own parents may reap. All others become the keeper's to reap.
 */
void members_look_before_kill(struct keeper *k);
struct member *members_find(const struct keeper *k, pid_t pid);
/* The process was reaped by the keeper: no longer a member. */
void members_drop(struct member *member);
/* Lives, and is a process of the job: our own `follow` is not. */
bool member_counts(const struct member *member);
uint64_t members_left(const struct keeper *k);

#endif
