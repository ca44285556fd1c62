/*
 * Who belongs to the attempt: every descendant of the keeper, and everything in its cgroup.
 *
 * A look at /proc is not atomic: a process whose parent ends meanwhile can be missed. So a list is
 * for signalling and for showing; emptiness is only ever what the kernel says (ECHILD, populated 0).
 */
#ifndef HOLDFAST_LINUX_MEMBERS_H
#define HOLDFAST_LINUX_MEMBERS_H

#include "keeper.h"

/*
 * Renews k->members. Whoever was in the last list and is gone, though the keeper did not reap it,
 * was reaped by its own parent and is recorded as ended.
 */
void members_look(struct keeper *k);
/*
 * The same in a few milliseconds, and in a group without those that have left it: the processes to be
 * killed, so far as their own parents may reap them. All others come to the keeper.
 */
void members_look_before_kill(struct keeper *k);
struct member *members_find(const struct keeper *k, pid_t pid);
/* The process was reaped by the keeper: no longer a member. */
void members_drop(struct member *member);
/* Lives, and is a process of the job: our own `follow` is not. */
bool member_counts(const struct member *member);
uint64_t members_left(const struct keeper *k);

#endif
