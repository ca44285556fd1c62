/* SIGKILL to everything of the attempt, process by process, beside and after cgroup.kill. */
#ifndef HOLDFAST_SWEEP_H
#define HOLDFAST_SWEEP_H

#include "keeper.h"

/*
 * The keeper's own children. With `again` also those that the last sweep signalled.
 * Returns how many there were that it had not signalled.
 */
size_t sweep_children(struct keeper *k, bool again);
/* Every process in the cgroup: cgroup.kill misses a process whose main thread has ended. */
void sweep_group(struct keeper *k);
/*
 * Every descendant at any depth, for a parent that does not end and so keeps its children from us.
 * Returns how many lived that no sweep had signalled.
 */
size_t sweep_all(struct keeper *k);
/*
 * One pass of SIGSTOP over a tree without a group, where only our own speed keeps it from replacing killed
 * processes. Returns whether KILL is next: nothing runs, or the running processes cannot be stopped.
 */
bool sweep_stops(struct keeper *k);

#endif
