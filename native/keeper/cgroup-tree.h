/* One cgroup with all groups below it. */
#ifndef HOLDFAST_CGROUP_TREE_H
#define HOLDFAST_CGROUP_TREE_H

#include <stdbool.h>
#include <sys/types.h>

/* Calls `found` for each pid in the group (-1: none) and below it, until it returns false. */
void cgroup_tree_each_pid(int folder_fd, bool (*found)(pid_t pid, void *context), void *context);
/* Removes the group and everything below it, if it still has that path. Takes over folder_fd. */
void cgroup_tree_remove(const char *path, int folder_fd);

#endif
