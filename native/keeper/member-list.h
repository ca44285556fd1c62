/* The list of members of one sample. */
#ifndef HOLDFAST_MEMBER_LIST_H
#define HOLDFAST_MEMBER_LIST_H

#include "linux-process.h"
#include "process-state.h"

/* NULL: out of memory. Valid until the next call. */
struct member *member_list_add(struct members *m, const struct process_stat *stat, bool descendant);
/* As an earlier sample saw it. */
void member_list_keep(struct members *m, const struct member *member);
/* Also in a list that is not sorted. */
bool member_list_has(const struct members *m, const struct process_stat *stat);
/* By pid, each once. */
void member_list_sort(struct members *m);
/* In a sorted list; NULL: not there. */
struct member *member_list_find(const struct members *m, pid_t pid);

/* The same without those that the keeper has reaped. */
struct member *members_find(const struct members *m, pid_t pid);
/* The process was reaped by the keeper: no longer a member. */
void members_drop(struct member *member);
/* Lives, and is a process of the job: our own `follow` is not. */
bool member_counts(const struct member *member);
uint64_t members_left(const struct members *m);

#endif
