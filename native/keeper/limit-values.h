/* Limits as they are written in a launch message. */
#ifndef HOLDFAST_LIMIT_VALUES_H
#define HOLDFAST_LIMIT_VALUES_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>

#define CPUS_MAX 8192

/* The name of the limit with that index, and its number for the kernel; NULL: there are no more. */
const char *rlimit_name(size_t index, int *resource);
/* NAME=SOFT:HARD. False if it is not valid. */
bool rlimit_parse(const char *text, int *resource, struct rlimit *limit);
/* 0-3,8. False if it is not valid. `set` has room for CPUS_MAX; NULL: checks only. */
bool cpu_list_parse(const char *text, cpu_set_t *set);

#endif
