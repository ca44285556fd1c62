/*
 * The cgroups made for this attempt: one of version 2 that proves emptiness, and any number of
 * version 1 that only limit.
 */
#ifndef HOLDFAST_LINUX_CGROUP_H
#define HOLDFAST_LINUX_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define ALSO_MAX 8

struct cgroup {
    char *path;
    int folder_fd; /* -1: none */
    int events_fd;
    bool populated;
    bool frozen;
    char *also[ALSO_MAX];
    size_t also_count;
};

/* Opens and checks the groups: version 2 (NULL: none), without members, and version 1 up to a NULL. 0 or an errno. */
int cgroup_open(struct cgroup *c, const char *path, const char *const *also);
/*
 * fork(2) with the child in the version 2 group from the start, where the kernel can (`joined`): a
 * process that moves there waits until every processor has been idle or switched, 3 to 17 ms on a
 * busy machine. The child may only make system calls.
 */
pid_t cgroup_fork(const struct cgroup *c, bool *joined);
/* Called by the gated payload itself, before its first instruction: into the other groups. 0 or an errno. */
int cgroup_join(const struct cgroup *c, bool joined);
/* Re-reads `populated` and `frozen`; re-arms the descriptor for poll(POLLPRI). */
void cgroup_sample(struct cgroup *c);
void cgroup_freeze(const struct cgroup *c, bool frozen);
/* No new process in the groups, where the pids controller counts them. */
void cgroup_forbid_forks(const struct cgroup *c);
/* The kernel sends SIGKILL to all members; from the second round on it freezes them first. Older kernels lack both. */
void cgroup_kill(const struct cgroup *c, bool first_round);

/*
 * Calls `found` for each pid in the group and below it, until it returns false. The kernel appends to
 * the list while we read: in a group that forks faster than we read it has no end.
 */
void cgroup_each_pid(const struct cgroup *c, bool (*found)(pid_t pid, void *context), void *context);
/* Whether this process is in our group or below it at this moment. */
bool cgroup_holds(const struct cgroup *c, pid_t pid);

/* The folder of a version 1 group, for the caller to close; -1 when it is gone. */
int cgroup_open_also(const struct cgroup *c, size_t index);
/* Removes the groups and everything made below them. Call when empty. */
void cgroup_remove(struct cgroup *c);

#endif
