/* Which processes the kernel killed for memory, according to its log. */
#ifndef HOLDFAST_LINUX_OOM_LOG_H
#define HOLDFAST_LINUX_OOM_LOG_H

#include "keeper.h"

#define OOM_VICTIMS_MAX 16

struct oom_victim {
    pid_t pid;
    char comm[COMM_ROOM];
};

/*
 * The last OOM_VICTIMS_MAX victims in the attempt's groups. Returns how many; 0 also where the log
 * may not be read (kernel.dmesg_restrict) or has forgotten. Reads the whole log: ask only after
 * the kernel has counted a kill.
 */
size_t oom_log_read(const struct keeper *k, struct oom_victim victims[OOM_VICTIMS_MAX]);

#endif
