/*
 * The cgroups made for this attempt: one of version 2 that proves emptiness, and any number of
 * version 1 that only limit.
 */
#ifndef HOLDFAST_LINUX_CGROUP_H
#define HOLDFAST_LINUX_CGROUP_H

#include "keeper.h"

struct launch_message;

/* Opens and checks the groups: version 2, without members. 0 or an errno. */
int cgroup_open(struct keeper *k, const struct launch_message *m);
/*
 * fork(2) with the child in the version 2 group from the start, where the kernel can (`joined`): a
 * process that moves there waits until every processor has been idle or switched, 3 to 17 ms on a
 * busy machine. The child may only make system calls.
 */
pid_t cgroup_fork(const struct keeper *k, bool *joined);
/* Called by the gated payload itself, before its first instruction: into the other groups. 0 or an errno. */
int cgroup_join(const struct keeper *k, bool joined);
/* Re-reads `populated` and `frozen`; re-arms the descriptor for poll(POLLPRI). */
void cgroup_look(struct keeper *k);
void cgroup_freeze(struct keeper *k, bool frozen);
/* No new process in the groups, where the pids controller counts them. */
void cgroup_forbid_forks(const struct keeper *k);
/* The kernel sends SIGKILL to all members; from the second round on it freezes them first. Older kernels lack both. */
void cgroup_kill(struct keeper *k, bool first_round);

/*
 * Calls `found` for each pid in the group and below it, until it returns false. The kernel appends to
 * the list while we read: in a group that forks faster than we read it has no end.
 */
void cgroup_each_pid(const struct keeper *k, bool (*found)(pid_t pid, void *context), void *context);
/* Whether this process is in our group or below it at this moment. */
bool cgroup_holds(const struct keeper *k, pid_t pid);

/* The folder of a version 1 group, for the caller to close; -1 when it is gone. */
int cgroup_open_also(const struct keeper *k, size_t index);
/* Removes the groups and everything made below them. Call when empty. */
void cgroup_remove(struct keeper *k);

#endif
