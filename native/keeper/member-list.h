/* The list of members of one sample. */
#ifndef HOLDFAST_MEMBER_LIST_H
#define HOLDFAST_MEMBER_LIST_H

#include "keeper.h"
#include "linux-process.h"

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

#endif
